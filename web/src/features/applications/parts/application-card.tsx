// What a partner answered when it applied, and what the organization's criteria and rule say of it.
import type { schemas } from '../../../lib/api/schema';
import { useTexts, type Translate } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { Status, Time } from '../../../ui/basic';
import { Card, Facts, Loaded } from '../../../ui/page';
import { verdict, type Condition } from '../model';

type Partner = schemas['Partner'];

export const conditionWords = (one: Condition, t: Translate): string =>
  t(`op.${one.op}`, { field: t(`field.${one.field}`), values: (one.values ?? []).join(', ') });

/** In one badge whether the rule would let the applicant in; without a rule nothing. */
export function RuleVerdict({ rule, partner }: { rule: Condition[] | null; partner: Partner }) {
  const { t } = useTexts('applications');
  if (!rule) return <span className="faint">{t('noRule')}</span>;
  const missed = verdict(rule, partner).filter((one) => !one.holds);
  return missed.length === 0 ? <Status of="ok" text={t('meetsRule')} /> : <span title={missed.map((one) => conditionWords(one.condition, t)).join('; ')}><Status of="pending" text={t('missesRule', { count: missed.length })} /></span>;
}

export function ApplicationCard({ partner }: { partner: Partner }) {
  const { t } = useTexts('applications');
  const sent = useRead('/api/partner-applications', { query: { partner_id: partner.id, limit: 5 } });
  const form = useRead('/api/application-form');
  const application = sent.data?.items.find((one) => one.state === 'taken') ?? sent.data?.items[0];
  // A partner that staff added never applied.
  if (sent.data && !application) return null;
  const label = (key: string) => form.data?.questions.find((one) => one.key === key)?.label ?? key;
  const rule = form.data?.approves_when;
  return (
    <Card title={t('application')}>
      <Loaded from={sent}>{() => application && (
        <div className="split">
          <Facts rows={[[t('sentAt'), <Time key="s" at={application.created_at} as="time" />], ...application.answers.map((one): [string, string] => [label(one.key), one.value === 'yes' ? t('yes') : one.value === 'no' ? t('no') : one.value])]} />
          <div className="stack">
            {form.data?.criteria && <section className="stack tight"><h3>{t('criteria')}</h3><p className="quiet pre">{form.data.criteria}</p></section>}
            <section className="stack tight"><h3>{t('rule')}</h3>
              {!rule ? <p className="quiet">{t('noRuleWhat')}</p> : <ul className="list">{verdict(rule, partner).map((one) => { const words = conditionWords(one.condition, t); return <li key={words}><span className="grow">{words}</span><Status of={one.holds ? 'ok' : 'pending'} text={t(one.holds ? 'met' : 'notMet')} /></li>; })}</ul>}</section>
          </div>
        </div>
      )}</Loaded>
    </Card>
  );
}
