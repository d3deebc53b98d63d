// What the organization gives its partners to sell with, each with this partner's own link, coupon and name in it; and the
// rules of the deal in words.
import { Copy } from 'lucide-react';
import { useState } from 'react';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Copyable, Empty } from '../../../ui/basic';
import { DownloadButton } from '../../../ui/download-button';
import { SelectField } from '../../../ui/form';
import { useOrganization } from '../../../ui/organization';
import { Card, Loaded, Page, Tabs } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { DealsInWords } from '../../deals/parts/deals-in-words';
import { fillText, isPicture, missingIn, withCode, type Material, type Own } from '../model';
import { MaterialPicture } from '../parts/picture';
import '../materials.css';

export function PortalMaterials() {
  const { t } = useTexts('materials');
  const { base } = useOrganization();
  const { membership } = useSession();
  const [search] = useUrlState();
  const partner = membership.partner?.id ?? '';
  const isRules = search['tab'] === 'rules';
  const materials = useRead('/api/materials', { query: { limit: 200 } });
  const links = useRead('/api/links', { query: { partner_id: partner, state: 'active', limit: 50 } });
  const coupons = useRead('/api/coupons', { query: { partner_id: partner, limit: 50 } });
  const [code, setCode] = useState('');
  const link = links.data?.items.find((one) => one.code === code) ?? links.data?.items[0];
  const own: Own = { link: link ? `${location.origin}/r/${link.code}` : '', coupon: coupons.data?.items.find((one) => one.state === 'active')?.code ?? '', partner: membership.partner?.name ?? '' };
  return (
    <Page title={t('materials')} context={t('materialsForYou', { name: membership.organization.name })}>
      <Tabs label={t('materials')} current={isRules ? 'rules' : 'all'} tabs={[{ id: 'all', label: t('materials'), href: `${base}/materials` }, { id: 'rules', label: t('rules'), href: `${base}/materials?tab=rules` }]} />
      {isRules ? <DealsInWords partner={partner} /> : (
        <Loaded from={materials}>{({ items }) => (items.length === 0 ? <div className="card"><Empty title={t('noneYet')}>{t('noneYetWhat')}</Empty></div> : (
          <>
            {links.data?.items.length === 0 && <div className="notice notice-info"><div>{t('makeLinkFirst')}</div><A className="btn btn-secondary" href={`${base}/links?new=1`}>{t('makeLink')}</A></div>}
            {(links.data?.items.length ?? 0) > 1 && <Card><SelectField label={t('withLink')} help={t('withLinkHelp')} value={link?.code ?? ''} onChange={setCode} options={(links.data?.items ?? []).map((one) => [one.code, one.label ? `${one.label} (/r/${one.code})` : `/r/${one.code}`])} /></Card>}
            <ul className="materials">{items.map((one) => <One key={one.id} of={one} own={own} code={link?.code ?? ''} />)}</ul>
          </>
        ))}</Loaded>
      )}
    </Page>
  );
}

function One({ of, own, code }: { of: Material; own: Own; code: string }) {
  const { t } = useTexts('materials');
  return (
    <li className="card">
      <div className="stack tight"><h2>{of.name}</h2><span className="small quiet">{t(`kind.${of.kind}`)}</span></div>
      {of.body !== null && <Snippet text={of.body} own={own} />}
      {of.destination !== null && (code ? <Copyable text={withCode(of.destination, code)} label={t('copyLink')} /> : <p className="quiet">{t('missing.link')}</p>)}
      {isPicture(of.kind) && <><MaterialPicture of={of} /><div><DownloadButton label={t('download')} path="/api/materials/{material_id}/content" values={{ material_id: of.id }} name={`${of.name}.${of.content_type === 'image/png' ? 'png' : 'jpg'}`} /></div></>}
    </li>
  );
}

function Snippet({ text, own }: { text: string; own: Own }) {
  const { t } = useTexts('materials');
  const filled = fillText(text, own);
  const copy = () => void navigator.clipboard.writeText(filled).then(() => toast(t('copied')), () => undefined);
  return (
    <>
      <p className="material-text">{filled}</p>
      {missingIn(text, own).map((one) => <p key={one} className="small quiet">{t(`missing.${one}`)}</p>)}
      <div><Button onClick={copy}><Copy size={16} aria-hidden />{t('copyText')}</Button></div>
    </>
  );
}
