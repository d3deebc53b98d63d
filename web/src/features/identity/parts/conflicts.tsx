// Two people changed the same: both values by field, and which one stays.
import { useState } from 'react';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { SelectField } from '../../../ui/form';
import { Sheet } from '../../../ui/overlay';
import type { Name, Values } from '../settings';

/** `onKeep` gets the fields in which theirs stays. */
export function Conflicts({ names, label, yours, theirs, onKeep, onClose }: {
  names: Name[]; label: (name: Name) => string; yours: Values; theirs: Values; onKeep: (theirs: Name[]) => void; onClose: () => void;
}) {
  const { t } = useTexts('identity');
  const [kept, setKept] = useState<Name[]>([]);
  const shown = (value: string | boolean) => (typeof value === 'boolean' ? t(value ? 'yes' : 'no') : value.replace(/\n/g, ', ') || '—');
  return (
    <Sheet title={t('changedMeanwhile')} onClose={onClose} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button variant="primary" onClick={() => onKeep(kept)}>{t('keepChosen')}</Button></>}>
      <div className="form">
        <p className="quiet">{t('changedMeanwhileWhat')}</p>
        {names.map((name) => <SelectField key={name} label={label(name)} value={kept.includes(name) ? 'theirs' : 'yours'} onChange={(value) => setKept(value === 'theirs' ? [...kept, name] : kept.filter((one) => one !== name))}
          options={[['yours', t('yoursIs', { value: shown(yours[name]) })], ['theirs', t('theirsIs', { value: shown(theirs[name]) })]]} />)}
      </div>
    </Sheet>
  );
}
