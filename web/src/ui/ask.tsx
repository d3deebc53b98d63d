// A dialog that asks for the reason of an act; without one it does not go out.
import { useEffect, useState } from 'react';
import { dropDraft, readDraft, writeDraft } from '../lib/drafts';
import { useTexts } from '../lib/i18n';
import { TextField } from './form';
import { Confirm } from './overlay';

export function AskReason({ title, what, verb, help, danger = false, busy, error, keep, onConfirm, onClose }: {
  title: string; what?: string; verb: string; help?: string; danger?: boolean; busy: boolean; error: unknown;
  /** Under this name what was typed survives a reload. */
  keep?: string;
  onConfirm: (reason: string) => void; onClose: () => void;
}) {
  const { t } = useTexts();
  const [reason, setReason] = useState(() => (keep ? readDraft<string>({ name: keep }) ?? '' : ''));
  useEffect(() => { if (keep && reason) writeDraft({ name: keep }, reason); }, [keep, reason]);
  const close = () => { if (keep) dropDraft({ name: keep }); onClose(); };
  const [tried, setTried] = useState(false);
  const confirm = () => { setTried(true); if (reason.trim()) onConfirm(reason.trim()); };
  return (
    <Confirm title={title} verb={verb} danger={danger} busy={busy} error={error} onConfirm={confirm} onClose={close}>
      <div className="stack">
        {what && <p>{what}</p>}
        <TextField area label={t('reason')} {...(help ? { help } : {})} value={reason} onChange={(value) => setReason(value.replace(/\n/g, ' '))} error={tried && !reason.trim() ? t('field.required') : undefined} />
      </div>
    </Confirm>
  );
}
