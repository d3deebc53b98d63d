import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Empty, Time } from '../../../ui/basic';
import { Card, Loaded } from '../../../ui/page';

/** Who did what to one record, the latest first. */
export function AuditOf({ subject }: { subject: string }) {
  const { t } = useTexts('identity');
  const can = useCan();
  const entries = useRead('/api/audit', { query: { subject_id: subject, limit: 50 } }, { enabled: can('audit.read') });
  if (!can('audit.read')) return <div className="card"><Empty title={t('forbidden')}>{t('forbiddenWhat')}</Empty></div>;
  return (
    <Card title={t('activity')}>
      <Loaded from={entries}>{(page) => (page.items.length === 0 ? <p className="quiet">{t('noEntries')}</p> : <ol className="timeline">{page.items.map((one) => <li key={one.id}><div><ActionName action={one.action} /></div><div className="small quiet">{t(`actor.${one.actor_kind}`)} · <Time at={one.at} as="time" /></div></li>)}</ol>)}</Loaded>
    </Card>
  );
}

/** The call in words as far as the log names it: "POST /api/partners" and the like are shown as they are. */
export const ActionName = ({ action }: { action: schemas['AuditEntry']['action'] }) => <code className="pre">{action}</code>;
