// What is looked at before a partner is paid: why, in words, what was decided, and the partner's appeal.
import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { useUrlState } from '../../../lib/url-state';
import { A } from '../../../ui/anchor';
import { Button, Status, Time } from '../../../ui/basic';
import { Form, TextField, useForm } from '../../../ui/form';
import { List } from '../../../ui/list-page';
import { useOrganization } from '../../../ui/organization';
import { Sheet } from '../../../ui/overlay';
import { Facts, Loaded, Page } from '../../../ui/page';
import { toast } from '../../../ui/toast';

type Signal = schemas['RiskSignal'];
const tones = { open: 'pending', confirmed: 'failed', dismissed: 'ok' } as const;

const Result = ({ of }: { of: Signal }) => {
  const { t } = useTexts('risk');
  return <span className="row"><Status of={tones[of.state]} text={t(`result.${of.state}`)} />{of.appeal_state && of.state !== 'dismissed' && <Status of={of.appeal_state === 'accepted' ? 'ok' : of.appeal_state === 'rejected' ? 'failed' : 'pending'} text={t(`ownAppeal.${of.appeal_state}`)} />}</span>;
};

export function PortalReviews() {
  const { t } = useTexts('risk');
  const { membership } = useSession();
  const [search, set] = useUrlState();
  return (
    <Page title={t('reviews')} context={t('reviewsWhat')}>
      <List<Signal> name="reviews" label={t('reviews')} path="/api/risk-signals" fixed={{ partner_id: membership.partner?.id ?? '' }} id={(one) => one.id} live
        columns={[
          { id: 'at', head: t('since'), cell: (one) => <Time at={one.created_at} /> },
          { id: 'why', head: t('why'), cell: (one) => <button type="button" className="link" onClick={() => set({ review: one.id }, true)}>{t(`ownKind.${one.kind}`)}</button> },
          { id: 'state', head: t('result'), cell: (one) => <Result of={one} /> },
          { id: 'decision', head: t('decision'), cell: (one) => one.appeal_decision ?? one.decision },
        ]}
        filters={[{ name: 'state', label: t('result'), options: (['open', 'confirmed', 'dismissed'] as const).map((one) => [one, t(`result.${one}`)]) }]}
        empty={{ title: t('noReviews'), text: t('noReviewsWhat') }} />
      {search['review'] && <Review id={search['review']} onClose={() => set({ review: undefined })} />}
    </Page>
  );
}

function Review({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts('risk');
  const { base } = useOrganization();
  const can = useCan();
  const signal = useRead('/api/risk-signals/{risk_signal_id}', { path: { risk_signal_id: id } });
  const [isWriting, setWriting] = useState(false);
  const isOpen = signal.data !== undefined && signal.data.state !== 'dismissed' && signal.data.appeal === null && can('leads.manage');
  return (
    <Sheet wide title={t('reviewOne')} onClose={onClose} foot={isOpen && <Button variant="primary" onClick={() => setWriting(true)}>{t('fileAppeal')}</Button>}>
      <Loaded from={signal}>{(one) => (
        <div className="stack">
          <Result of={one} />
          <p>{t(`ownKindWhat.${one.kind}`)}</p>
          <p className="quiet">{t(`resultWhat.${one.state}`)}</p>
          <Facts rows={[
            [t('since'), <Time key="s" at={one.created_at} as="time" />], one.period !== null && [t('period'), one.period],
            one.state === 'open' && [t('held'), <A key="h" className="link" href={`${base}/earnings?state=held`}>{t('heldEarnings')}</A>],
            one.decided_at !== null && [t('decidedAt'), <Time key="d" at={one.decided_at} as="time" />], one.decision !== null && [t('decision'), one.decision],
          ]} />
          {one.appeal && <section className="stack tight"><h3>{t('ownAppeal')}</h3><p className="pre">{one.appeal}</p><p className="quiet small"><Time at={one.appealed_at} as="time" /></p>
            {one.appeal_state && <p>{t(`ownAppealWhat.${one.appeal_state}`)}</p>}{one.appeal_decision && <p className="pre">{one.appeal_decision}</p>}</section>}
        </div>
      )}</Loaded>
      {isWriting && <Appeal id={id} onClose={() => setWriting(false)} />}
    </Sheet>
  );
}

function Appeal({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTexts('risk');
  const client = useQueryClient();
  const form = useForm({
    initial: { text: '' }, pointers: ['/text'],
    check: (values): Record<string, string> => (values.text.trim() ? {} : { '/text': t('field.required') }),
    send: (values, key) => api('post', '/api/risk-signals/{risk_signal_id}/appeal', { path: { risk_signal_id: id }, key, body: { text: values.text.trim() } }),
    done: () => { toast(t('appealSent')); void client.invalidateQueries(); onClose(); },
  });
  return (
    <Sheet title={t('fileAppeal')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy}>{t('sendAppeal')}</Button></>}>
      <Form form={form}>
        <p className="quiet">{t('fileAppealWhat')}</p>
        <TextField area label={t('appealText')} help={t('appealTextHelp')} value={form.values.text} onChange={(value) => form.set('text', value)} error={form.error('/text')} />
      </Form>
    </Sheet>
  );
}
