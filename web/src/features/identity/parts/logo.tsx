// The logo that stands on the organization's papers: as it is, another one, or none.
import { useId } from 'react';
import { Upload } from 'lucide-react';
import { api } from '../../../lib/api/client';
import { Problem } from '../../../lib/api/problem';
import { useTexts } from '../../../lib/i18n';
import { useAct } from '../../../lib/query';
import { useCan } from '../../../lib/session';
import { Button, ProblemNotice } from '../../../ui/basic';
import { Card, Loaded } from '../../../ui/page';
import { Picture, usePicture } from '../../../ui/picture';
import { toast } from '../../../ui/toast';

const largest = 1024 * 1024;

export function Logo({ organization, name }: { organization: string; name: string }) {
  const picture = usePicture('/api/organizations/{organization_id}/logo', { organization_id: organization });
  return <Loaded from={picture}>{(logo) => <LogoCard organization={organization} name={name} logo={logo} />}</Loaded>;
}

function LogoCard({ organization, name, logo }: { organization: string; name: string; logo: Blob | null }) {
  const { t } = useTexts('identity');
  const can = useCan();
  const input = useId();
  const path = { organization_id: organization };
  const put = useAct(async (chosen: File, key) => {
    if (chosen.size > largest) throw new Problem(422, 'file_too_large', t('logoTooLarge'));
    await api('put', '/api/organizations/{organization_id}/logo', { path, key, file: chosen });
  }, () => toast(t('logoSaved')));
  const remove = useAct((_: undefined, key) => api('delete', '/api/organizations/{organization_id}/logo', { path, key }), () => toast(t('logoRemoved')));
  return (
    <Card title={t('logo')}>
      <div className="stack">
        <p className="quiet">{t('logoWhat')}</p>
        {logo ? <Picture of={logo} alt={name} /> : <p>{t('noLogo')}</p>}
        {put.error ? <ProblemNotice error={put.error} /> : null}
        {remove.error ? <ProblemNotice error={remove.error} /> : null}
        {can('settings.manage') && <div className="row">
          <label className="btn btn-secondary" htmlFor={input} aria-busy={put.isPending || undefined}><Upload size={16} aria-hidden />{t(logo ? 'replaceLogo' : 'sendLogo')}</label>
          <input id={input} className="sr" type="file" accept="image/png" onChange={(event) => { const chosen = event.target.files?.[0]; event.target.value = ''; if (chosen) put.mutate(chosen); }} />
          {logo && <Button variant="ghost" busy={remove.isPending} onClick={() => remove.mutate(undefined)}>{t('removeLogo')}</Button>}
        </div>}
      </div>
    </Card>
  );
}
