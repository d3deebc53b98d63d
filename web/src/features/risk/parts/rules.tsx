// What each rule of risk does when it finds something.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button } from '../../../ui/basic';
import { Form, SelectField, useForm } from '../../../ui/form';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';

const actions = ['off', 'signal', 'hold', 'pause_links', 'pause'] as const;

export function RiskRules() {
  const rules = useRead('/api/risk-rules');
  return <Loaded from={rules}>{(data) => <Rules rules={data.rules} />}</Loaded>;
}

function Rules({ rules }: { rules: schemas['RiskRule'][] }) {
  const { t } = useTexts('risk');
  const can = useCan();
  const client = useQueryClient();
  const before = Object.fromEntries(rules.map((one) => [one.kind, one.action])) as Record<string, schemas['RiskAction']>;
  const form = useForm({
    initial: before, pointers: [],
    send: (values, key) => api('patch', '/api/risk-rules', { key, body: { rules: rules.filter((one) => values[one.kind] !== one.action).map((one) => ({ kind: one.kind, action: values[one.kind] ?? one.action })) } }),
    done: () => { toast(t('saved')); void client.invalidateQueries(); },
  });
  return (
    <Card title={t('rules')}>
      <Form form={form} narrow>
        <p className="quiet">{t('rulesWhat')}</p>
        {rules.map((one) => <SelectField key={one.kind} label={t(`kind.${one.kind}`)} help={t(`kindWhat.${one.kind}`)} value={form.values[one.kind] ?? one.action} onChange={(value) => form.set(one.kind, value as schemas['RiskAction'])} options={actions.map((action) => [action, t(`does.${action}`)])} />)}
        {can('settings.manage') && <div><Button variant="primary" type="submit" busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></div>}
      </Form>
    </Card>
  );
}
