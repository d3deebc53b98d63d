// Files for the bank, and the bank's answer: what was paid and what was not.
import { useId, useState } from 'react';
import { Download, Upload } from 'lucide-react';
import { address, send } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { download } from '../../../lib/download';
import { useTexts } from '../../../lib/i18n';
import { useAct, useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button, ProblemNotice } from '../../../ui/basic';
import { TextField } from '../../../ui/form';
import { Card } from '../../../ui/page';
import type { Run } from '../model';

const files = {
  bank: { path: '/api/payout-runs/{payout_run_id}/bank.csv', results: '/api/payout-runs/{payout_run_id}/bank-results', type: 'text/csv', accept: '.csv,text/csv', end: 'csv' },
  sepa: { path: '/api/payout-runs/{payout_run_id}/sepa.xml', results: '/api/payout-runs/{payout_run_id}/sepa-results', type: 'application/xml', accept: '.xml,application/xml,text/xml', end: 'xml' },
} as const;
type Rail = keyof typeof files;

export function RunFiles({ run }: { run: Run }) {
  const bank = useRead('/api/payouts', { query: { payout_run_id: run.id, rail: 'bank', limit: 1 } });
  const sepa = useRead('/api/payouts', { query: { payout_run_id: run.id, rail: 'sepa', limit: 1 } });
  return <>{(bank.data?.items.length ?? 0) > 0 && <RailFile run={run} rail="bank" />}{(sepa.data?.items.length ?? 0) > 0 && <RailFile run={run} rail="sepa" />}</>;
}

function RailFile({ run, rail }: { run: Run; rail: Rail }) {
  const { t } = useTexts('payouts');
  const can = useCan();
  const input = useId();
  const [day, setDay] = useState('');
  const file = files[rail];
  const save = useAct(() => download(file.path, { payout_run_id: run.id }, { execute_on: rail === 'sepa' ? day : undefined }, `payouts-${run.period ?? run.created_at.slice(0, 10)}-${run.currency}.${file.end}`));
  const upload = useAct(async (chosen: File, key) => {
    const answer = await send('POST', address(file.results, { payout_run_id: run.id }), new Blob([chosen], { type: file.type }), undefined, key);
    return (await answer.json()) as schemas['ImportedResults'];
  });
  return (
    <Card title={t(`file.${rail}`)}>
      <div className="stack">
        <p className="quiet">{t(`file.${rail}What`)}</p>
        {rail === 'sepa' && <TextField label={t('executeOn')} optional type="date" value={day} onChange={setDay} />}
        {save.error ? <ProblemNotice error={save.error} /> : null}
        <div><Button busy={save.isPending} onClick={() => save.mutate(undefined)}><Download size={16} aria-hidden />{t('downloadFile', { name: `.${file.end}` })}</Button></div>
        {can('payouts.approve') && <>
          <div><label className="btn btn-secondary" htmlFor={input} aria-busy={upload.isPending || undefined}><Upload size={16} aria-hidden />{t('uploadAnswer')}</label>
            <input id={input} className="sr" type="file" accept={file.accept} onChange={(event) => { const chosen = event.target.files?.[0]; event.target.value = ''; if (chosen) upload.mutate(chosen); }} /></div>
          <p className="quiet small">{t(`file.${rail}Answer`)}</p>
        </>}
        {upload.error ? <ProblemNotice error={upload.error} /> : null}
        {upload.data && <Imported results={upload.data} />}
      </div>
    </Card>
  );
}

function Imported({ results }: { results: schemas['ImportedResults'] }) {
  const { t } = useTexts('payouts');
  return (
    <div className={results.not_found.length + results.different.length > 0 ? 'notice notice-warn' : 'notice notice-pos'} role="status"><div>
      <p>{t('imported', { paid: results.paid, failed: results.failed, pending: results.pending, unchanged: results.unchanged })}</p>
      {results.returned > 0 && <p>{t('importedReturned', { count: results.returned })}</p>}
      {results.different.length > 0 && <p>{t('differentReferences', { references: results.different.join(', ') })}</p>}
      {results.not_found.length > 0 && <p>{t('notFoundReferences', { references: results.not_found.join(', ') })}</p>}
    </div></div>
  );
}
