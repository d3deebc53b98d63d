// A dialog that asks for the reason of an act; without one it does not go out.
import { useState } from 'react';
import { useTexts } from '../lib/i18n';
import { TextField } from './form';
import { Confirm } from './overlay';

export function AskReason({ title, what, verb, help, danger = false, busy, error, onConfirm, onClose }: {
  title: string; what?: string; verb: string; help?: string; danger?: boolean; busy: boolean; error: unknown;
  onConfirm: (reason: string) => void; onClose: () => void;
}) {
  const { t } = useTexts();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const confirm = () => { setTried(true); if (reason.trim()) onConfirm(reason.trim()); };
  return (
    <Confirm title={title} verb={verb} danger={danger} busy={busy} error={error} onConfirm={confirm} onClose={onClose}>
      <div className="stack">
        {what && <p>{what}</p>}
        <TextField area label={t('reason')} {...(help ? { help } : {})} value={reason} onChange={(value) => setReason(value.replace(/\n/g, ' '))} error={tried && !reason.trim() ? t('field.required') : undefined} />
      </div>
    </Confirm>
  );
}
