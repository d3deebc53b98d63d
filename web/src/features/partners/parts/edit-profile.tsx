// What a partner may say of itself, and for the organization's staff the rest of the record.
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api/client';
import { useTexts } from '../../../lib/i18n';
import { localeNames, locales } from '../../../lib/locale';
import { Button } from '../../../ui/basic';
import { Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import { toast } from '../../../ui/toast';
import type { Partner } from '../model';

const own = ['name', 'contact_name', 'contact_email', 'contact_phone', 'website', 'locale'] as const;
const staffs = ['legal_name', 'tax_id', 'registration_number', 'country', 'currency', 'time_zone', 'external_id'] as const;
const parts = ['street', 'city', 'region', 'postal_code'] as const;

/** Sends what was changed alone; an emptied field is cleared. */
export function EditProfile({ partner, staff = false, onClose }: { partner: Partner; staff?: boolean; onClose: () => void }) {
  const { t } = useTexts('partners');
  const names = staff ? [...own, ...staffs] : own;
  const client = useQueryClient();
  const before = { ...record(names, partner), ...record(parts, partner.address ?? {}) } as Record<(typeof own)[number] | (typeof staffs)[number] | (typeof parts)[number], string>;
  const form = useForm({
    keep: { name: `partner ${partner.id}`, of: partner.updated_at },
    initial: before, pointers: [...names.map((name) => `/${name}`), ...parts.map((name) => `/address/${name}`)],
    check: (values): Record<string, string> => (values.name.trim() ? {} : { '/name': t('field.required') }),
    send: (values, key) => {
      const body: Record<string, unknown> = {};
      for (const name of names) if (values[name] !== before[name]) body[name] = values[name].trim() || null;
      if (parts.some((name) => values[name] !== before[name])) body['address'] = Object.fromEntries(parts.filter((name) => values[name].trim()).map((name) => [name, values[name].trim()]));
      return api('patch', '/api/partners/{partner_id}', { path: { partner_id: partner.id }, key, body });
    },
    done: () => { toast(t('saved')); void client.invalidateQueries(); onClose(); },
  });
  const field = (name: keyof typeof before, label: string, autoComplete: string, more: { type?: string; help?: string } = {}, pointer = `/${name}`) =>
    <TextField label={t(label)} optional={name !== 'name'} autoComplete={autoComplete} {...more} value={form.values[name]} onChange={(value) => form.set(name, value)} error={form.error(pointer)} />;
  return (
    <Sheet title={t(staff ? 'editPartner' : 'editProfile')} onClose={onClose} guard={form.guard} foot={<><Button onClick={() => form.guard() && onClose()}>{t('cancel')}</Button><Button variant="primary" type="submit" form={form.id} busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></>}>
      <Form form={form}>
        {field('name', 'name', 'organization')}
        {field('contact_name', 'contactName', 'name')}
        {field('contact_email', 'email', 'email', { type: 'email' })}
        {field('contact_phone', 'contactPhone', 'tel', { type: 'tel', help: t('phoneHelp') })}
        {field('website', 'website', 'url', { type: 'url' })}
        {field('street', 'street', 'street-address', {}, '/address/street')}
        <div className="inputs">
          {field('city', 'city', 'address-level2', {}, '/address/city')}
          {field('postal_code', 'postalCode', 'postal-code', {}, '/address/postal_code')}
          {field('region', 'region', 'address-level1', {}, '/address/region')}
        </div>
        {staff && <>
          {field('legal_name', 'legalName', 'off')}
          {field('tax_id', 'taxId', 'off')}
          {field('registration_number', 'registrationNumber', 'off')}
          <div className="inputs">
            {field('country', 'country', 'off', { help: t('countryHelp') })}
            {field('currency', 'currency', 'off', { help: t('field.currency') })}
          </div>
          {field('time_zone', 'timeZone', 'off', { help: t('timeZoneHelp') })}
          {field('external_id', 'externalId', 'off')}
        </>}
        <SelectField label={t(staff ? 'partnersLanguage' : 'mailLanguage')} value={form.values.locale || 'en'} onChange={(value) => form.set('locale', value)} options={locales.map((one) => [one, localeNames[one]])} error={form.error('/locale')} />
      </Form>
    </Sheet>
  );
}

const record = (names: readonly string[], from: object) => Object.fromEntries(names.map((name) => [name, String((from as Record<string, unknown>)[name] ?? '')]));
