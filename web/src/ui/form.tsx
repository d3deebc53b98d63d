// Forms: one column, labels above. The rules live on the server; its errors come back to their fields by pointer. A form
// makes one Idempotency-Key and keeps it through retries, so a double click or a lost answer changes nothing twice.
import './form.css';
import { useCallback, useEffect, useId, useMemo, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useMutation } from '@tanstack/react-query';
import { newKey } from '../lib/api/client';
import { Problem, type FieldError } from '../lib/api/problem';
import { dropDraft, readDraft, writeDraft, type Keep } from '../lib/drafts';
import { useTexts } from '../lib/i18n';
import { Button, ProblemNotice } from './basic';

export interface FormState<V> {
  values: V;
  set: <K extends keyof V>(name: K, value: V[K]) => void;
  error: (pointer: string) => string | undefined;
  submit: (event?: FormEvent) => void;
  busy: boolean;
  dirty: boolean;
  /** Asks whether unsaved changes may be lost. */
  guard: () => boolean;
  /** What was typed before a reload is there again, and can be thrown away. */
  restored: boolean;
  discard: () => void;
  /** What has no field: shown at the top. */
  summary: ReactNode;
  box: React.RefObject<HTMLFormElement | null>;
  id: string;
}

/** `send` gets the values and the key of the form; `pointers` are those that have a field ("/name"). With `keep`, what is
 *  typed survives a reload: for long forms without secrets. */
export function useForm<V extends object, R>({ initial, pointers, check, send, done, keep }: {
  initial: V; pointers: string[]; check?: (values: V) => Record<string, string>;
  send: (values: V, key: string) => Promise<R>; done: (result: R) => void; keep?: Keep;
}): FormState<V> {
  const { t, has } = useTexts();
  const [begun] = useState(() => ({ initial, keep, draft: keep ? readDraft<V>(keep) : null }));
  const [values, setValues] = useState(begun.draft ?? initial);
  const [restored, setRestored] = useState(begun.draft !== null);
  const [own, setOwn] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(0);
  const [dirty, setDirty] = useState(restored);
  const key = useRef(newKey());
  const box = useRef<HTMLFormElement>(null);
  const id = useId();
  const forget = () => { setDirty(false); setRestored(false); if (begun.keep) dropDraft(begun.keep); };
  const mutation = useMutation({
    mutationFn: (input: V) => send(input, key.current),
    onSuccess: (result) => { key.current = newKey(); forget(); done(result); },
    onError: () => setTried((n) => n + 1),
  });
  const problem = mutation.error instanceof Problem ? mutation.error : null;
  const fieldErrors = useMemo(() => {
    const out: Record<string, string> = { ...own };
    for (const one of problem?.errors ?? []) out[one.pointer] ??= fieldText(one, t, has);
    return out;
  }, [own, problem, t, has]);
  useEffect(() => {
    if (tried > 0) box.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [tried]);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [dirty]);
  useEffect(() => { if (dirty && begun.keep) writeDraft(begun.keep, values); }, [dirty, begun, values]);
  const set = useCallback(<K extends keyof V>(name: K, value: V[K]) => {
    setDirty(true);
    setValues((old) => ({ ...old, [name]: value }));
    setOwn({});
    if (mutation.error instanceof Problem && mutation.error.status >= 400 && mutation.error.status < 500) {
      key.current = newKey();
    }
  }, [mutation.error]);
  const loose = (problem?.errors ?? []).filter((one) => !pointers.includes(one.pointer));
  const isFieldsOnly = problem?.status === 422 && problem.errors.length > 0 && loose.length === 0;
  return {
    values, set, dirty, box, id, restored, busy: mutation.isPending,
    discard: () => { forget(); setValues(begun.initial); },
    error: (pointer) => fieldErrors[pointer],
    submit: (event) => {
      event?.preventDefault();
      if (mutation.isPending) return;
      const wrong = check?.(values) ?? {};
      setOwn(wrong);
      if (Object.keys(wrong).length > 0) { mutation.reset(); setTried((n) => n + 1); return; }
      mutation.mutate(values);
    },
    guard: () => {
      if (dirty && !window.confirm(t('leaveUnsaved'))) return false;
      forget();
      return true;
    },
    summary: mutation.error && !isFieldsOnly
      ? <ProblemNotice error={loose.length > 0 && problem
          ? new Problem(problem.status, 'fields', loose.map((one) => one.detail).join('; '), '', [], problem.requestId)
          : mutation.error} />
      : null,
  };
}

function fieldText(error: FieldError, t: (key: string) => string, has: (key: string) => boolean): string {
  return has(`field.${error.code}`) ? t(`field.${error.code}`) : error.detail;
}

export function Form<V>({ form, narrow = false, children }: { form: FormState<V>; narrow?: boolean; children: ReactNode }) {
  const { t } = useTexts();
  return <form ref={form.box} id={form.id} noValidate className={narrow ? 'form narrow' : 'form'} onSubmit={form.submit}>
    {form.restored && <div className="notice" role="status"><div>{t('draftRestored')}</div><Button onClick={form.discard}>{t('discard')}</Button></div>}{form.summary}{children}</form>;
}

interface FieldProps { label: string; help?: ReactNode; error?: string | undefined; optional?: boolean }

export function Field({ label, help, error, optional = false, children }: FieldProps & {
  children: (attributes: { id: string; 'aria-invalid': true | undefined; 'aria-describedby': string | undefined }) => ReactNode;
}) {
  const { t } = useTexts();
  const id = useId();
  const described = [help ? `${id}-h` : '', error ? `${id}-e` : ''].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}{optional && <span className="optional"> ({t('optional')})</span>}</label>
      {help && <span id={`${id}-h`} className="help">{help}</span>}
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described || undefined })}
      {error && <span id={`${id}-e`} className="error">{error}</span>}
    </div>
  );
}

export function TextField({ value, onChange, type = 'text', area = false, autoComplete = 'off', inputMode, placeholder, ...rest }: FieldProps & {
  value: string; onChange: (value: string) => void; type?: string; area?: boolean; autoComplete?: string; inputMode?: 'decimal' | 'numeric' | 'email' | 'url'; placeholder?: string;
}) {
  return (
    <Field {...rest}>
      {(attributes) => area
        ? <textarea {...attributes} className="input" value={value} onChange={(event) => onChange(event.target.value)} />
        : <input {...attributes} className="input" type={type} value={value} autoComplete={autoComplete} inputMode={inputMode} placeholder={placeholder} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

export function SelectField({ value, onChange, options, ...rest }: FieldProps & { value: string; onChange: (value: string) => void; options: [string, string][] }) {
  return (
    <Field {...rest}>
      {(attributes) => (
        <select {...attributes} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
        </select>
      )}
    </Field>
  );
}

export function CheckField({ label, help, checked, onChange }: { label: string; help?: string; checked: boolean; onChange: (value: boolean) => void }) {
  return <label className="check"><input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} /><span>{label}{help && <span className="help"><br />{help}</span>}</span></label>;
}
