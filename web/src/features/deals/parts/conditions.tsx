// Which conversions a term is for: conditions that all hold, and alternatives of which one has to.
import { Plus, Trash2 } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { SelectField, TextField } from '../../../ui/form';
import { isNumber, type ConditionDraft, type GroupDraft } from '../term-draft';

const fields = ['country', 'product', 'plan', 'amount', 'tenure', 'metadata'] as const;
const fresh: ConditionDraft = { field: 'country', key: '', op: 'in', values: '' };
type ErrorOf = (pointer: string) => string | undefined;

export function Conditions({ list, at, error, onChange }: { list: ConditionDraft[]; at: string; error: ErrorOf; onChange: (list: ConditionDraft[]) => void }) {
  const { t } = useTexts('deals');
  const patch = (i: number, part: Partial<ConditionDraft>) => onChange(list.map((one, k) => (k === i ? { ...one, ...part } : one)));
  /** A number is compared by size, anything else with a list. */
  const choose = (i: number, field: string) => patch(i, { field, ...(isNumber(field) === isNumber(list[i]?.field ?? '') ? {} : { op: isNumber(field) ? 'at_least' : 'in', values: '' }) });
  return (
    <>
      {list.map((one, i) => (
        // Conditions are changed in place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i} className="inputs">
          <SelectField label={t('conditionField')} value={one.field} onChange={(field) => choose(i, field)} options={fields.map((field) => [field, t(`condition.${field}`)])} error={error(`${at}/${i}/field`)} />
          {one.field === 'metadata' && <TextField label={t('conditionKey')} value={one.key} onChange={(key) => patch(i, { key })} error={error(`${at}/${i}/key`)} />}
          <SelectField label={t('conditionOp')} value={one.op} onChange={(op) => patch(i, { op })} options={(isNumber(one.field) ? ['at_least', 'below'] : ['in', 'not_in']).map((op) => [op, t(`op.${op}`)])} error={error(`${at}/${i}/op`)} />
          <TextField label={t(isNumber(one.field) ? 'conditionNumber' : 'conditionValues')} value={one.values} onChange={(values) => patch(i, { values })} error={error(`${at}/${i}/values`) ?? error(`${at}/${i}/values/0`)} />
          <div><Button variant="ghost" onClick={() => onChange(list.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeTerm')}</Button></div>
        </div>
      ))}
      <div><Button onClick={() => onChange([...list, fresh])}><Plus size={16} aria-hidden />{t('addCondition')}</Button></div>
    </>
  );
}

export function Alternatives({ groups, at, error, onChange }: { groups: GroupDraft[]; at: string; error: ErrorOf; onChange: (groups: GroupDraft[]) => void }) {
  const { t } = useTexts('deals');
  return (
    <>
      {groups.map((group, i) => (
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset key={i} className="field stack"><legend>{t('alternativeN', { n: i + 1 })}</legend>
          <Conditions list={group.conditions} at={`${at}/${i}/conditions`} error={error} onChange={(conditions) => onChange(groups.map((one, k) => (k === i ? { ...one, conditions } : one)))} />
          {group.kept?.length ? <p className="quiet small">{t('words.further', { count: group.kept.length })}</p> : null}
          <div><Button variant="ghost" onClick={() => onChange(groups.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeAlternative')}</Button></div>
        </fieldset>
      ))}
      <div><Button onClick={() => onChange([...groups, { conditions: [fresh], kept: null }])}><Plus size={16} aria-hidden />{t('addAlternative')}</Button></div>
    </>
  );
}
