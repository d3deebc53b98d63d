import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { Status, Time } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { List } from '../../../ui/list-page';
import { PartnerName, searchPartners } from './partner-name';
import { DecideDocument } from './decide-document';

type Document = schemas['PartnerDocument'];
const states = ['submitted', 'approved', 'rejected', 'expired'] as const;

export function DocumentQueue() {
  const { t } = useTexts('partners');
  return (
    <List<Document> name="documents" label={t('documents')} path="/api/partner-documents" id={(one) => one.id} live
      columns={[
        { id: 'document', head: t('documentKind'), cell: (one) => <span className="two"><span>{t(`documentKind.${one.kind}`)}</span><span className="faint small">{one.name}</span></span> },
        { id: 'partner', head: t('partner'), cell: (one) => <PartnerName id={one.partner_id} link /> },
        { id: 'state', head: t('state'), cell: (one) => <span className="two"><span><Status of={one.state} text={t(`documentState.${one.state}`)} /></span>{one.state_reason && <span className="faint small">{one.state_reason}</span>}</span> },
        { id: 'at', head: t('created'), cell: (one) => <Time at={one.created_at} /> },
        { id: 'act', head: t('action'), alone: true, cell: (one) => <span className="row"><DownloadButton variant="ghost" label={t('download')} path="/api/partner-documents/{partner_document_id}/content" values={{ partner_document_id: one.id }} name={one.name} /><DecideDocument document={one} /></span> },
      ]}
      views={[{ id: 'all', label: t('view.all'), search: { tab: 'documents' } }, ...states.map((one) => ({ id: one, label: t(`documentState.${one}`), search: { tab: 'documents', state: one } }))]}
      filters={[{ name: 'state', label: t('state'), options: states.map((one) => [one, t(`documentState.${one}`)]) }, { name: 'partner_id', label: t('partner'), search: searchPartners, nameOf: (id) => <PartnerName id={id} /> }]}
      empty={{ title: t('noDocuments'), text: t('noDocumentsToCheck') }} />
  );
}
