// The form by which partners apply: what it says, what it asks, and the rule that lets in who meets it.
import { useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { api } from '../../../lib/api/client';
import type { schemas } from '../../../lib/api/schema';
import { useTexts } from '../../../lib/i18n';
import { useRead } from '../../../lib/query';
import { useCan, useSession } from '../../../lib/session';
import { Button, Copyable } from '../../../ui/basic';
import { CheckField, Form, SelectField, TextField, useForm } from '../../../ui/form';
import { Card, Loaded } from '../../../ui/page';
import { toast } from '../../../ui/toast';

type Stored = schemas['ApplicationForm'];
interface Question { key: string; label: string; kind: string; is_required: boolean; options: string }
interface Condition { field: string; op: string; values: string }

const questionKinds = ['text', 'yes_no', 'choice'] as const;
const fields = ['country', 'kind', 'email_domain', 'website_domain'] as const;
const operators = ['in', 'not_in', 'is_given'] as const;
const listOf = (text: string, by: RegExp) => text.split(by).map((one) => one.trim()).filter(Boolean);

/** A key from the words of a question; it names the answer in exports and does not change with the words. */
const keyOf = (label: string, taken: string[]) => {
  const base = label.toLowerCase().normalize('NFD').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40) || 'question';
  let key = base;
  for (let n = 2; taken.includes(key); n += 1) key = `${base}_${n}`;
  return key;
};

export function ApplicationFormEditor() {
  const form = useRead('/api/application-form');
  return <Loaded from={form}>{(data) => <Editor key={JSON.stringify(data)} stored={data} />}</Loaded>;
}

function Editor({ stored }: { stored: Stored }) {
  const { t } = useTexts('applications');
  const { membership } = useSession();
  const can = useCan();
  const client = useQueryClient();
  const form = useForm({
    keep: { name: 'application-form', of: JSON.stringify(stored) },
    initial: {
      is_open: stored.is_open, introduction: stored.introduction ?? '', criteria: stored.criteria ?? '', has_rule: stored.approves_when !== null,
      questions: stored.questions.map((one): Question => ({ ...one, options: (one.options ?? []).join('\n') })),
      rule: (stored.approves_when ?? []).map((one): Condition => ({ ...one, values: (one.values ?? []).join(', ') })),
    },
    pointers: ['/introduction', '/criteria', ...stored.questions.concat(Array.from({ length: 10 })).flatMap((_, i) => [`/questions/${i}/label`, `/questions/${i}/options`, `/approves_when/${i}/values`])],
    check: (values) => Object.fromEntries([
      ...values.questions.flatMap((one, i) => (one.label.trim() ? [] : [[`/questions/${i}/label`, t('field.required')]])),
      ...values.questions.flatMap((one, i) => (one.kind === 'choice' && listOf(one.options, /\n/).length < 2 ? [[`/questions/${i}/options`, t('twoOptions')]] : [])),
      ...(values.has_rule ? values.rule.flatMap((one, i) => (one.op !== 'is_given' && listOf(one.values, /,/).length === 0 ? [[`/approves_when/${i}/values`, t('field.required')]] : [])) : []),
    ]) as Record<string, string>,
    send: (values, key) => {
      const taken = values.questions.map((one) => one.key).filter(Boolean);
      const questions = values.questions.map((one) => {
        const name = one.key || keyOf(one.label, taken);
        if (!one.key) taken.push(name);
        return { key: name, label: one.label.trim(), kind: one.kind as 'text', is_required: one.is_required, ...(one.kind === 'choice' ? { options: listOf(one.options, /\n/) } : {}) };
      });
      const rule = values.rule.map((one) => ({ field: one.field as 'country', op: one.op as 'in', ...(one.op === 'is_given' ? {} : { values: listOf(one.values, /,/) }) }));
      return api('put', '/api/application-form', { key, body: {
        is_open: values.is_open, questions, ...(values.introduction.trim() ? { introduction: values.introduction.trim() } : {}), ...(values.criteria.trim() ? { criteria: values.criteria.trim() } : {}),
        ...(values.has_rule && rule.length > 0 ? { approves_when: rule } : {}),
      } });
    },
    done: () => { toast(t('saved')); void client.invalidateQueries(); },
  });
  const { values, set } = form;
  const change = (i: number, patch: Partial<Question>) => set('questions', values.questions.map((one, k) => (k === i ? { ...one, ...patch } : one)));
  const changeRule = (i: number, patch: Partial<Condition>) => set('rule', values.rule.map((one, k) => (k === i ? { ...one, ...patch } : one)));
  const move = (i: number, to: number) => { const next = [...values.questions]; const [one] = next.splice(i, 1); if (one) next.splice(to, 0, one); set('questions', next); };
  return (
    <Form form={form}>
      <Card title={t('form')}>
        <div className="form narrow">
          <CheckField label={t('isOpen')} help={t('isOpenHelp')} checked={values.is_open} onChange={(value) => set('is_open', value)} />
          {values.is_open && <Copyable text={`${location.origin}/apply/${membership.organization.slug}`} label={t('copyAddress')} />}
          <TextField area optional label={t('introduction')} help={t('introductionHelp')} value={values.introduction} onChange={(value) => set('introduction', value)} error={form.error('/introduction')} />
          <TextField area optional label={t('criteria')} help={t('criteriaHelp')} value={values.criteria} onChange={(value) => set('criteria', value)} error={form.error('/criteria')} />
        </div>
      </Card>
      <Card title={t('questions')}>
        <div className="stack">
          <p className="quiet">{t('questionsWhat')}</p>
          {values.questions.map((one, i) => (
            // Questions have no key before they are saved, and are changed in place.
            // oxlint-disable-next-line react/no-array-index-key
            <fieldset key={i} className="field stack"><legend className="sr">{t('questionN', { n: i + 1 })}</legend>
              <div className="inputs">
                <TextField label={t('questionN', { n: i + 1 })} value={one.label} onChange={(value) => change(i, { label: value })} error={form.error(`/questions/${i}/label`)} />
                <SelectField label={t('answerKind')} value={one.kind} onChange={(value) => change(i, { kind: value })} options={questionKinds.map((kind) => [kind, t(`answerKind.${kind}`)])} />
              </div>
              {one.kind === 'choice' && <TextField area label={t('options')} help={t('optionsHelp')} value={one.options} onChange={(value) => change(i, { options: value })} error={form.error(`/questions/${i}/options`)} />}
              <div className="row"><CheckField label={t('isRequired')} checked={one.is_required} onChange={(value) => change(i, { is_required: value })} /><span className="grow" />
                {i > 0 && <Button variant="ghost" onClick={() => move(i, i - 1)}>{t('moveUp')}</Button>}
                <Button variant="ghost" onClick={() => set('questions', values.questions.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeQuestion')}</Button></div>
            </fieldset>
          ))}
          <div><Button onClick={() => set('questions', [...values.questions, { key: '', label: '', kind: 'text', is_required: false, options: '' }])}><Plus size={16} aria-hidden />{t('addQuestion')}</Button></div>
        </div>
      </Card>
      <Card title={t('rule')}>
        <div className="stack">
          <CheckField label={t('hasRule')} help={t('hasRuleHelp')} checked={values.has_rule} onChange={(value) => { set('has_rule', value); if (value && values.rule.length === 0) set('rule', [{ field: 'country', op: 'in', values: '' }]); }} />
          {values.has_rule && values.rule.map((one, i) => (
            // oxlint-disable-next-line react/no-array-index-key
            <div key={i} className="inputs">
              <SelectField label={t('ruleField')} value={one.field} onChange={(value) => changeRule(i, { field: value })} options={fields.map((field) => [field, t(`field.${field}`)])} />
              <SelectField label={t('ruleOp')} value={one.op} onChange={(value) => changeRule(i, { op: value })} options={operators.map((op) => [op, t(`operator.${op}`)])} />
              {one.op !== 'is_given' && <TextField label={t('ruleValues')} help={t(`values.${one.field}`)} value={one.values} onChange={(value) => changeRule(i, { values: value })} error={form.error(`/approves_when/${i}/values`)} />}
              <Button variant="ghost" onClick={() => set('rule', values.rule.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeCondition')}</Button>
            </div>
          ))}
          {values.has_rule && <div><Button onClick={() => set('rule', [...values.rule, { field: 'country', op: 'in', values: '' }])}><Plus size={16} aria-hidden />{t('addCondition')}</Button></div>}
        </div>
      </Card>
      {can('settings.manage') && <div><Button variant="primary" type="submit" busy={form.busy} {...(form.dirty ? {} : { reason: t('nothingChanged') })}>{t('save')}</Button></div>}
    </Form>
  );
}
