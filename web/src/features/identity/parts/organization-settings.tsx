// The organization's settings in groups, each a form that sends what was changed alone. When somebody else changed the same
// meanwhile, both values are shown and a person chooses.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api } from '../../../lib/api/client';
import { Problem } from '../../../lib/api/problem';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { localeNames, locales } from '../../../lib/locale';
import { useCan } from '../../../lib/session';
import { Button } from '../../../ui/basic';
import { CheckField, Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Card } from '../../../ui/page';
import { toast } from '../../../ui/toast';
import { bodyOf, checkSettings, conflictsOf, groups, isFlag, isList, isNumber, pointers, valuesOf, type Group, type Name, type Values } from '../settings';
import { Conflicts } from './conflicts';

type Organization = schemas['Organization'];

export function OrganizationSettings({ organization, group }: { organization: Organization; group: Group }) {
  const { t } = useTexts('identity');
  const can = useCan();
  const client = useQueryClient();
  const names = groups[group];
  const before = useRef(valuesOf(organization));
  const [theirs, setTheirs] = useState<Values | null>(null);
  const path = { organization_id: organization.id };
  const form = useForm({
    initial: before.current, pointers: pointers(names),
    check: (values) => checkSettings(names, values, { number: t('field.number'), money: t('field.moneyLines'), required: t('field.required') }),
    send: async (values, key) => {
      // Reading first tells what others changed since, and which version the edit is of.
      const now = valuesOf(await api('get', '/api/organizations/{organization_id}', { path }));
      if (conflictsOf(names, before.current, values, now).length > 0) { setTheirs(now); throw new Problem(412, 'changed_meanwhile', t('changedMeanwhile')); }
      return api('patch', '/api/organizations/{organization_id}', { path, key, body: bodyOf(names, before.current, values) });
    },
    done: (saved) => { before.current = valuesOf(saved); toast(t('saved')); void client.invalidateQueries(); },
  });
  const { values, set } = form;
  const field = (name: Name) => {
    const label = t(`setting.${name}`), help = t(`setting.${name}Help`);
    const value = values[name];
    if (isFlag(name)) return <CheckField key={name} label={label} help={help} checked={value === true} onChange={(to) => set(name, to)} />;
    if (name === 'locale') return <SelectField key={name} label={label} help={help} value={String(value)} onChange={(to) => set(name, to)} options={locales.map((one) => [one, localeNames[one]])} error={form.error('/locale')} />;
    return <TextField key={name} label={label} help={help} area={isList(name)} {...(isNumber(name) ? { inputMode: 'numeric' as const } : {})} value={String(value)} onChange={(to) => set(name, to)} error={form.error(`/${name}`)} />;
  };
  return (
    <Card title={t(`tab.${group}`)}>
      <Form form={form} narrow>
        {names.map(field)}
        {can('settings.manage') && <div><Button variant="primary" type="submit" busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></div>}
      </Form>
      {theirs && <Conflicts label={(name) => t(`setting.${name}`)} names={conflictsOf(names, before.current, values, theirs)} yours={values} theirs={theirs} onClose={() => setTheirs(null)}
        onKeep={(kept) => { for (const name of names) { if (kept.includes(name) || values[name] === before.current[name]) set(name, theirs[name] as never); } before.current = theirs; setTheirs(null); }} />}
    </Card>
  );
}
