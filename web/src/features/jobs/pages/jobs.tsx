// What the server does by itself: what waits, what failed and why; a job that failed is run again or given up.
import { useState } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button, Status, Time, useProblemText } from '../../../ui/basic';
import type { BulkAct } from '../../../ui/lists/bulk';
import { List } from '../../../ui/list-page';
import { Confirm } from '../../../ui/overlay';
import { Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';

type Job = schemas['QueuedJob'];
const states = ['due', 'leased', 'done', 'parked', 'cancelled'] as const;
const tones = { due: 'pending', leased: 'submitting', done: 'ok', parked: 'failed', cancelled: 'archived' } as const;
/** What may be run again or given up: every attempt failed, or the last one did. */
const hasFailed = (job: Job) => job.state === 'parked' || (job.state === 'due' && job.last_error !== null);
const retry = (job: Job, key: string) => api('post', '/api/jobs/{job_id}/retry', { path: { job_id: job.id }, key });
const cancel = (job: Job, key: string) => api('post', '/api/jobs/{job_id}/cancellation', { path: { job_id: job.id }, key });

export function Jobs() {
  const { t, has } = useTexts('jobs');
  const can = useCan();
  const kinds = useRead('/api/job-kinds').data?.items ?? [];
  const kind = (id: string) => (has(`job.${id}`) ? t(`job.${id}`) : id);
  const bulk: BulkAct<Job>[] = can('integrations.manage') ? [
    { id: 'retry', label: t('retryJob'), fits: hasFailed, run: retry, ask: (count) => t('retryJobs', { count }), what: t('retryJobWhat') },
    { id: 'cancel', label: t('cancelJob'), fits: hasFailed, run: cancel, ask: (count) => t('cancelJobs', { count }), what: t('cancelJobWhat'), danger: true },
  ] : [];
  return (
    <Page title={t('jobs')} context={t('jobsWhat')}>
      <List<Job> name="jobs" label={t('jobs')} path="/api/jobs" id={(one) => one.id} live bulk={bulk}
        columns={[
          { id: 'kind', head: t('kind'), cell: (one) => <span className="two"><span>{kind(one.kind)}</span>{has(`job.${one.kind}`) && <span className="faint small">{one.kind}</span>}</span> },
          { id: 'state', head: t('state'), cell: (one) => <Status of={tones[one.state]} text={t(`jobState.${one.state}`)} /> },
          { id: 'attempts', head: t('attempts'), num: true, cell: (one) => one.attempts },
          { id: 'next', head: t('nextTry'), sort: 'run_at', cell: (one) => one.state === 'due' && <Time at={one.run_at} as="ago" /> },
          { id: 'error', head: t('lastError'), alone: true, cell: (one) => one.last_error && <code className="small wrap" lang="en">{one.last_error}</code> },
          { id: 'age', head: t('queuedAt'), sort: 'created_at', cell: (one) => <Time at={one.created_at} as="ago" /> },
          ...(bulk.length > 0 ? [{ id: 'act', head: t('action'), alone: true, cell: (one: Job) => (hasFailed(one) ? <Moves job={one} name={kind(one.kind)} /> : null) }] : []),
        ]}
        views={[{ id: 'all', label: t('view.all'), search: {} }, { id: 'parked', label: t('jobState.parked'), search: { state: 'parked' } }, { id: 'failing', label: t('failing'), search: { failing: 'true' } }, { id: 'due', label: t('jobState.due'), search: { state: 'due' } }, { id: 'done', label: t('jobState.done'), search: { state: 'done' } }]}
        filters={[
          { name: 'state', label: t('state'), options: states.map((one) => [one, t(`jobState.${one}`)]) },
          { name: 'failing', label: t('failing'), options: [['true', t('yes')], ['false', t('no')]] },
          { name: 'kind', label: t('kind'), options: kinds.map((one) => [one, kind(one)]) },
        ]}
        empty={{ title: t('noJobs'), text: t('noJobsWhat') }} />
    </Page>
  );
}

function Moves({ job, name }: { job: Job; name: string }) {
  const { t } = useTexts('jobs');
  const say = useProblemText();
  const [asked, setAsked] = useState(false);
  const again = useAct((_: void, key) => retry(job, key), () => toast(t('jobRetried')));
  const giveUp = useAct((_: void, key) => cancel(job, key), () => { setAsked(false); toast(t('jobCancelled')); });
  return (
    <span className="row nowrap">
      <Button busy={again.isPending} onClick={() => again.mutate(undefined, { onError: (error) => toast(say(error).title) })}>{t('retryJob')}</Button>
      <Button variant="ghost" onClick={() => setAsked(true)}>{t('cancelJob')}</Button>
      {asked && <Confirm danger title={t('cancelOneJob', { name })} verb={t('cancelJob')} busy={giveUp.isPending} error={giveUp.error} onConfirm={() => giveUp.mutate()} onClose={() => { giveUp.reset(); setAsked(false); }}>{t('cancelJobWhat')}</Confirm>}
    </span>
  );
}
