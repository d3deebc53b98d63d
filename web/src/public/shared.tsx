import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { newKey, send } from '../lib/api/client';
import { Problem } from '../lib/api/problem';
import { textOf, type Texts, type Values } from '../lib/texts';
import { currentLocale, keepLocale, localeNames, locales, type Locale } from '../lib/locale';

const files = import.meta.glob<{ default: Texts }>('./locales/*.json');
let texts: Texts = {};

export async function loadTexts() {
  texts = (await files[`./locales/${currentLocale()}.json`]?.())?.default ?? {};
}

export const t = (key: string, values?: Values): string => textOf(texts, currentLocale(), key, values) ?? key;

export function Frame({ children }: { children: ComponentChildren }) {
  const change = (value: string) => { keepLocale(value as Locale); location.reload(); };
  return (
    <>
      <main className="box"><p className="brand"><span className="mark" aria-hidden="true" />Tandem</p>{children}</main>
      <footer className="foot">
        <select className="input" aria-label={t('language')} value={currentLocale()} onChange={(event) => change(event.currentTarget.value)}>
          {locales.map((one) => <option key={one} value={one}>{localeNames[one]}</option>)}
        </select>
      </footer>
    </>
  );
}

export function Title({ children }: { children: string }) {
  useEffect(() => { document.title = `${children} · Tandem`; }, [children]);
  return <h1>{children}</h1>;
}

/** A line; with `area` several, with `options` a choice of them (value and text). */
export function Field({ label, help, error, ...rest }: {
  label: string; help?: string; error?: string | undefined; name: string; type?: string; value: string; onInput: (value: string) => void; autoComplete?: string; inputMode?: 'numeric' | 'email' | 'tel' | 'url'; autoFocus?: boolean;
  area?: boolean; options?: [string, string][];
}) {
  const { name, value, onInput, autoFocus, area, options, ...attributes } = rest;
  const input = useRef<HTMLElement>(null);
  useEffect(() => { if (autoFocus) input.current?.focus(); }, [autoFocus]);
  const Control = (options ? 'select' : area ? 'textarea' : 'input') as 'input';
  const described = [help && `${name}-h`, error && `${name}-e`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      {help && <span id={`${name}-h`} className="help">{help}</span>}
      <Control ref={input as never} id={name} name={name} className="input" {...(attributes as object)} value={value} aria-invalid={error ? true : undefined} aria-describedby={described || undefined} onInput={(event) => onInput(event.currentTarget.value)}>
        {options?.map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </Control>
      {error && <span id={`${name}-e`} className="error">{error}</span>}
    </div>
  );
}

export const problemText = (error: unknown): string => {
  if (!(error instanceof Problem)) return t('problem.other');
  const key = `problem.${error.code}`;
  return texts[key] ?? (error.errors.map((one) => one.detail).join(' ') || error.detail || error.message);
};

/** A call with one key through its retries, what came back, and what went wrong. */
export function useSend<R>(method: string, path: string, done: (result: R) => void, failed?: (problem: Problem) => boolean) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const key = useRef(newKey());
  const go = async (body: unknown) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const response = await send(method, path, body, undefined, key.current);
      const text = await response.text();
      key.current = newKey();
      done((text ? JSON.parse(text) : undefined) as R);
    } catch (problem) {
      if (problem instanceof Problem && problem.status >= 400 && problem.status < 500) key.current = newKey();
      if (!(problem instanceof Problem && failed?.(problem))) setError(problemText(problem));
    }
    setBusy(false);
  };
  return { busy, error, go };
}

export function Form({ error, busy, verb, onSubmit, children }: { error: string | null; busy: boolean; verb: string; onSubmit: () => void; children: ComponentChildren }) {
  return (
    <form noValidate className="form" onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>
      {error && <div className="notice" role="alert">{error}</div>}
      {children}
      <button type="submit" className="button" aria-busy={busy}>{verb}</button>
    </form>
  );
}

/** An address of our own pages alone: what comes after sign-in must not lead elsewhere. */
export function ownPath(next: string | null): string {
  return next && /^\/(console|portal)(\/|$|\?)/.test(next) ? next : '';
}
