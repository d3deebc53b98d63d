// A partner's verification documents: what was sent, how each stands and why, and the form of another one.
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { formatDay } from '../../../lib/format/date';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { Button, Empty, Status, Time } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { Field, Form, SelectField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { DecideDocument } from './decide-document';

type Kind = schemas['DocumentKind'];
const kinds: Kind[] = ['identity', 'registration', 'tax', 'bank', 'contract', 'other'];
const largest = 10 * 1024 * 1024;

export function Documents({ partner }: { partner: string }) {
  const { t, locale } = useTexts('partners');
  const can = useCan();
  const [search, set] = useUrlState();
  const documents = useRead('/api/partner-documents', { query: { partner_id: partner, limit: 50 } });
  return (
    <Card title={t('documents')} actions={can('partners.manage') && <Button onClick={() => set({ document: '1' })}><Plus size={16} aria-hidden />{t('sendDocument')}</Button>}>
      <p className="quiet">{t('documentsWhat')}</p>
      <Loaded from={documents}>{({ items }) => (items.length === 0
        ? <Empty title={t('noDocuments')}>{t('noDocumentsWhat')}</Empty>
        : <ul className="list">{items.map((one) => (
          <li key={one.id}>
            <div className="grow stack tight">
              <span className="row"><strong>{t(`documentKind.${one.kind}`)}</strong><Status of={one.state} text={t(`documentState.${one.state}`)} /></span>
              <span className="small quiet">{one.name} · <Time at={one.created_at} />{one.expires_on && ` · ${t('validUntil')} ${formatDay(locale, one.expires_on)}`}</span>
              {one.state_reason && <span className="negative">{one.state_reason}</span>}
            </div>
            <DownloadButton variant="ghost" label={t('download')} path="/api/partner-documents/{partner_document_id}/content" values={{ partner_document_id: one.id }} name={one.name} />
            <DecideDocument document={one} />
          </li>
        ))}</ul>)}</Loaded>
      {search['document'] && <SendDocument partner={partner} onClose={() => set({ document: undefined })} />}
    </Card>
  );
}

function SendDocument({ partner, onClose }: { partner: string; onClose: () => void }) {
  const { t } = useTexts('partners');
  const client = useQueryClient();
  const form = useForm({
    initial: { kind: 'identity' as string, file: null as File | null }, pointers: ['/kind', '/file'],
    check: ({ file }): Record<string, string> => (!file ? { '/file': t('chooseFile') } : file.size > largest ? { '/file': t('fileTooLarge') } : {}),
    send: ({ kind, file }, key) => api('post', '/api/partners/{partner_id}/documents', { path: { partner_id: partner }, query: { kind: kind as Kind, name: (file?.name ?? '').slice(0, 200) }, key, ...(file ? { file } : {}) }),
    done: (made) => { toast(t('documentSent', { name: made.name })); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('sendDocument')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('sendDocument')}</Button></>}>
      <Form form={form}>
        <SelectField label={t('documentKind')} value={form.values.kind} onChange={(value) => form.set('kind', value)} options={kinds.map((one) => [one, t(`documentKind.${one}`)])} error={form.error('/kind')} />
        <Field label={t('file')} help={t('documentsWhat')} error={form.error('/file')}>{(attributes) => <input {...attributes} className="input" type="file" accept="application/pdf,image/png,image/jpeg" onChange={(event) => form.set('file', event.target.files?.[0] ?? null)} />}</Field>
      </Form>
    </Sheet>
  );
}
