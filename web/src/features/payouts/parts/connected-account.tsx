// What Stripe keeps for a partner: where it stands, and the way to Stripe's page and back.
import { useEffect, useRef } from 'react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { Button, useProblemText } from '../../../ui/basic';
import { toast } from '../../../ui/toast';

/** A page at Stripe, good for one visit. The country is asked for until Stripe has made the account. */
export const askForLink = (partner: string, key: string, country?: string) =>
  api('post', '/api/partners/{partner_id}/connected-account-links', { path: { partner_id: partner }, key, body: country ? { country } : {} });

/** Goes to Stripe's page. */
export function useGoToStripe(partner: string) {
  const { t } = useTexts('payouts');
  const say = useProblemText();
  const go = useAct((_: null, key: string) => askForLink(partner, key), (link) => location.assign(link.url));
  return { label: t('toStripe'), busy: go.isPending, go: () => go.mutate(null, { onError: (error) => toast(say(error).title) }) };
}

export function ToStripe({ partner }: { partner: string }) {
  const { t } = useTexts('payouts');
  const say = useProblemText();
  const { label, busy, go } = useGoToStripe(partner);
  const check = useCheck(partner);
  return <>
    <Button variant="primary" busy={busy} onClick={go}>{label}</Button>
    <Button variant="ghost" busy={check.isPending} onClick={() => check.mutate(undefined, { onError: (error) => toast(say(error).title) })}>{t('askStripe')}</Button>
  </>;
}

function useCheck(partner: string) {
  const { t } = useTexts('payouts');
  return useAct(async (_: void, key: string): Promise<schemas['ConnectedAccount'] | null> => {
    const [own] = (await api('get', '/api/connected-accounts', { query: { partner_id: partner, limit: 1 } })).items;
    return own ? api('post', '/api/connected-accounts/{connected_account_id}/check', { path: { connected_account_id: own.id }, key }) : null;
  }, (account) => account && toast(t(account.state === 'ready' ? 'connectedReady' : `connected.${account.state}`)));
}

/** Where Stripe led back to: `returned` asks it what it thinks now, `again` goes there once more, because its page had ended. */
export function useReturnFromStripe(partner: string, came: string | undefined, done: () => void) {
  const check = useCheck(partner);
  const { go } = useGoToStripe(partner);
  const seen = useRef(false);
  useEffect(() => {
    if (!came || seen.current) return;
    seen.current = true;
    done();
    if (came === 'again') go();
    else check.mutate();
  });
}
