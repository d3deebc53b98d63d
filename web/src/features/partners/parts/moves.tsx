// The next moves of a record as buttons: what its state allows. What cannot be undone is asked first.
import { useState } from 'react';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { Button } from '../../../ui/basic';
import { TextField } from '../../../ui/form';
import { Confirm } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';

const main = new Set(['approval', 'activation', 'reactivation']);
const hard = new Set(['rejection', 'archiving', 'suspension', 'revocation']);

/** Moves that the partner is told a reason for. */
const reasoned = new Set(['rejection', 'suspension']);

export function Moves({ name, moves, call }: { name: string; moves: readonly string[]; call: (move: string, key: string, reason: string) => Promise<unknown> }) {
  const { t } = useTexts('partners');
  const [asked, setAsked] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const act = useAct((move: string, key) => call(move, key, reason.trim()), (_, move) => { setAsked(null); setReason(''); toast(t(`moved.${move}`, { name })); });
  const confirm = (move: string) => (reasoned.has(move) && !reason.trim() ? setMissing(true) : act.mutate(move));
  return (
    <>
      {moves.map((move) => <Button key={move} variant={main.has(move) ? 'primary' : 'secondary'} busy={act.isPending} onClick={() => (hard.has(move) || act.isError ? setAsked(move) : act.mutate(move, { onError: () => setAsked(move) }))}>{t(`move.${move}`)}</Button>)}
      {asked && <Confirm title={t(`ask.${asked}`, { name })} verb={t(`move.${asked}`)} danger={hard.has(asked)} busy={act.isPending} error={act.error} onConfirm={() => confirm(asked)} onClose={() => { act.reset(); setAsked(null); }}>
        <p>{t(`ask.${asked}What`)}</p>
        {reasoned.has(asked) && <TextField area label={t('reason')} help={t('reasonHelp')} value={reason} onChange={(value) => { setReason(value.replace(/\n/g, ' ')); setMissing(false); }} error={missing ? t('field.required') : undefined} />}
      </Confirm>}
    </>
  );
}
