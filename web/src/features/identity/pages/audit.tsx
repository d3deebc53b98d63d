import { useState } from 'react';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { Status, Time } from '../../../ui/basic';
import { List } from '../../../ui/list-page';
import { Sheet } from '../../../ui/overlay';
import { Facts, Page } from '../../../ui/page';
import { ActionName } from '../parts/timeline';

type Entry = schemas['AuditEntry'];

export function Audit() {
  const { t } = useTexts('identity');
  const [shown, setShown] = useState<Entry | null>(null);
  return (
    <Page title={t('audit')} context={t('auditWhat')}>
      <List<Entry> name="audit" label={t('audit')} path="/api/audit" id={(one) => one.id} searchBy="action"
        columns={[
          { id: 'action', head: t('action'), cell: (one) => <button type="button" className="link" style={{ textAlign: 'start' }} onClick={() => setShown(one)}><ActionName action={one.action} /></button> },
          { id: 'actor', head: t('actor'), cell: (one) => t(`actor.${one.actor_kind}`) },
          { id: 'at', head: t('at'), cell: (one) => <Time at={one.at} as="time" /> },
          { id: 'seq', head: t('sealed'), cell: (one) => (one.seq === null ? <Status of="pending" text={t('notSealed')} /> : <Status of="ok" text={t('sealedAs', { n: one.seq })} />) },
        ]}
        filters={[{ name: 'dates', label: t('dates'), dates: true }]}
        empty={{ title: t('noEntries'), text: t('noEntriesWhat') }} />
      {shown && (
        <Sheet wide title={t('entry')} onClose={() => setShown(null)}>
          <div className="stack">
            <Facts rows={[[t('action'), <ActionName key="a" action={shown.action} />], [t('at'), <Time key="t" at={shown.at} as="time" />], [t('actor'), <span key="w">{t(`actor.${shown.actor_kind}`)} {shown.actor_id && <code>{shown.actor_id}</code>}</span>], [t('subject'), shown.subject_id && <code key="s">{shown.subject_id}</code>], [t('sealed'), shown.seq ?? t('notSealed')]]} />
            <pre className="card mono pre">{JSON.stringify(shown.body, null, 2)}</pre>
          </div>
        </Sheet>
      )}
    </Page>
  );
}
