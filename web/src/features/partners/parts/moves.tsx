// The next moves of a record as buttons: what its state allows. What cannot be undone is asked first.
import { useState } from 'react';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { Button } from '../../../ui/basic';
import { Confirm } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';

const main = new Set(['approval', 'activation', 'reactivation']);
const hard = new Set(['rejection', 'archiving', 'suspension', 'revocation']);

export function Moves({ name, moves, call }: { name: string; moves: readonly string[]; call: (move: string, key: string) => Promise<unknown> }) {
  const { t } = useTexts('partners');
  const [asked, setAsked] = useState<string | null>(null);
  const act = useAct(call, (_, move) => { setAsked(null); toast(t(`moved.${move}`, { name })); });
  return (
    <>
      {moves.map((move) => <Button key={move} variant={main.has(move) ? 'primary' : 'secondary'} busy={act.isPending} onClick={() => (hard.has(move) || act.isError ? setAsked(move) : act.mutate(move, { onError: () => setAsked(move) }))}>{t(`move.${move}`)}</Button>)}
      {asked && <Confirm title={t(`ask.${asked}`, { name })} verb={t(`move.${asked}`)} danger={hard.has(asked)} busy={act.isPending} error={act.error} onConfirm={() => act.mutate(asked)} onClose={() => { act.reset(); setAsked(null); }}>{t(`ask.${asked}What`)}</Confirm>}
    </>
  );
}
