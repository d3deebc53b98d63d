// Who joined under this partner, what it earned on top of theirs, and the address by which others follow its invitation.
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useSession } from '../../../lib/session';
import { Copyable, Empty, Money, Time } from '../../../ui/basic';
import { Card, Loaded, Page } from '../../../ui/page';
import { Qr } from '../../../ui/qr';

export function SubPartners() {
  const { t } = useTexts('partners');
  const { membership } = useSession();
  const id = membership.partner?.id ?? '';
  const self = useRead('/api/partners/{partner_id}', { path: { partner_id: id } });
  const below = useRead('/api/partners/{partner_id}/sub-partners', { path: { partner_id: id } }, { live: true });
  const address = self.data ? `${location.origin}/apply/${membership.organization.slug}?by=${encodeURIComponent(self.data.slug)}` : '';
  return (
    <Page title={t('subPartners')} context={t('subPartnersWhat')}>
      <Card title={t('inviteByLink')}>
        <div className="stack"><p className="quiet">{t('inviteByLinkWhat', { name: membership.organization.name })}</p>
          <Loaded from={self} lines={2}>{() => <><Copyable text={address} label={t('copyInvitation')} /><Qr text={address} label={t('inviteByLink')} /></>}</Loaded></div>
      </Card>
      <Loaded from={below}>{({ items }) => (
        <Card title={t('whoJoined')}>
          {items.length === 0 ? <Empty title={t('nobodyJoined')}>{t('nobodyJoinedWhat')}</Empty> : (
            <ul className="list">{items.map((one) => (
              <li key={`${one.name} ${one.joined_at}`}>
                <div className="grow stack tight"><strong>{one.name}</strong><span className="small quiet">{t('joined')} <Time at={one.joined_at} /></span></div>
                <div className="stack tight" style={{ textAlign: 'end' }}>
                  {one.overrides.length === 0 ? <span className="quiet">{t('nothingYet')}</span> : one.overrides.map((sum) => <strong key={sum.currency}><Money minor={sum.amount} currency={sum.currency} full /></strong>)}
                </div>
              </li>
            ))}</ul>
          )}
        </Card>
      )}</Loaded>
    </Page>
  );
}
