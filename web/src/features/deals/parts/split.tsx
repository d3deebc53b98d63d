// The further partners that a commission is split with, and what each has of it.
import { Plus, Trash2 } from 'lucide-react';
import { useTexts } from '../../../lib/i18n';
import { Button } from '../../../ui/basic';
import { Combobox } from '../../../ui/combobox';
import { Field, TextField } from '../../../ui/form';
import { searchPartners, usePartnerName } from '../../partners/parts/partner-name';
import type { ShareDraft } from '../term-draft';

interface Editing { at: string; error: (pointer: string) => string | undefined }

export function Split({ shares, at, error, onChange }: Editing & { shares: ShareDraft[]; onChange: (shares: ShareDraft[]) => void }) {
  const { t } = useTexts('deals');
  const patch = (i: number, part: Partial<ShareDraft>) => onChange(shares.map((one, k) => (k === i ? { ...one, ...part } : one)));
  return (
    <section className="stack tight"><h3>{t('split')}</h3>
      <p className="quiet small">{t('splitWhat')}</p>
      {error(at) && <p className="error" role="alert">{error(at)}</p>}
      {shares.map((one, i) => (
        // Shares are changed in place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i} className="inputs">
          <PartnerField id={one.partner} at={`${at}/${i}/partner_id`} error={error} onPick={(partner) => patch(i, { partner })} />
          <TextField label={t('splitShare')} inputMode="decimal" value={one.share} onChange={(share) => patch(i, { share })} error={error(`${at}/${i}/share_ppm`)} />
          <div><Button variant="ghost" onClick={() => onChange(shares.filter((_, k) => k !== i))}><Trash2 size={16} aria-hidden />{t('removeTerm')}</Button></div>
        </div>
      ))}
      <div><Button onClick={() => onChange([...shares, { partner: '', share: '' }])}><Plus size={16} aria-hidden />{t('addShare')}</Button></div>
    </section>
  );
}

function PartnerField({ id, at, error, onPick }: Editing & { id: string; onPick: (id: string) => void }) {
  const { t } = useTexts('deals');
  const name = usePartnerName(id);
  return (
    <Field label={t('partner')} error={error(at)}>{(attributes) => (
      <Combobox label={t('partner')} attributes={attributes} value={id ? name : ''} searchKey="partners" search={searchPartners} placeholder={t('searchPartner')} onPick={(choice) => onPick(choice.id)} />
    )}</Field>
  );
}
