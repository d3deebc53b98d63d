// The small parts: button, status, money, time, copy, empty, skeleton, errors.
import { Check, ChevronLeft, Copy } from 'lucide-react';
import { useEffect, useState, type ButtonHTMLAttributes, type ReactNode } from 'react';
import { Problem } from '../lib/api/problem';
import { formatAgo, formatInstant, type DateStyle } from '../lib/format/date';
import { formatMoney } from '../lib/format/money';
import { useTexts } from '../lib/i18n';
import { useOrganization } from './organization';

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';

/** `busy` keeps the button focusable and says so; a disabled button tells why in `reason`. */
export function Button({ variant = 'secondary', busy = false, reason, onClick, children, ...rest }:
  ButtonHTMLAttributes<HTMLButtonElement> & { variant?: Variant; busy?: boolean; reason?: string | undefined }) {
  const off = busy || reason !== undefined;
  return (
    <button type="button" {...rest} {...(reason === undefined ? {} : { title: reason })} className={`btn btn-${variant}`}
      aria-disabled={off || undefined} aria-busy={busy || undefined}
      onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}>
      {children}
    </button>
  );
}

export function IconButton({ label, children, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return <button type="button" {...rest} className="icon-btn" aria-label={label} title={label}>{children}</button>;
}

const tones: Record<string, string> = {
  active: 'pos', due: 'pos', paid: 'pos', processed: 'pos', converted: 'pos', approved: 'pos', counted: 'pos', accepted: 'pos', live: 'pos', ok: 'pos', settled: 'pos',
  applied: 'warn', pending: 'warn', draft: 'warn', held: 'warn', parked: 'warn', received: 'info', submitted: 'info', collecting: 'info', submitting: 'info', requested: 'warn', unclaimed: 'warn', partially_settled: 'warn',
  new: 'info', contacted: 'info', qualified: 'info', in_payout: 'info', walking: 'info',
  suspended: 'neg', rejected: 'neg', failed: 'neg', lost: 'neg', expired: 'neg', revoked: 'neg', crawler: 'neg', returned: 'neg', refused: 'neg',
};

/** A state in words; colour only repeats them. */
export function Status({ of, text }: { of: string; text?: string }) {
  const { t } = useTexts();
  return <span className={`badge badge-${tones[of] ?? 'mute'}`}>{text ?? t(`status.${of}`)}</span>;
}

export function Money({ minor, currency, full = false }: { minor: number; currency: string; full?: boolean }) {
  const { locale } = useTexts();
  return <span className={minor < 0 ? 'num negative' : 'num'}>{formatMoney(locale, minor, currency, full)}</span>;
}

/** An instant in the organization's zone; the tooltip has all of it and the zone. */
export function Time({ at, as = 'day' }: { at: string | null | undefined; as?: DateStyle | 'ago' }) {
  const { locale } = useTexts();
  const { zone } = useOrganization();
  if (!at) return null;
  const long = `${formatInstant(locale, at, zone, 'time')} (${zone})`;
  return <time dateTime={at} title={long} className="num">{as === 'ago' ? formatAgo(locale, at) : formatInstant(locale, at, zone, as)}</time>;
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const { t } = useTexts();
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setDone(true), () => undefined);
  return (
    <IconButton label={label} onClick={copy}>
      {done ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      <span className="sr" role="status">{done ? t('copied') : ''}</span>
    </IconButton>
  );
}

export function Copyable({ text, label }: { text: string; label: string }) {
  return <span className="copyable"><code title={text}>{text}</code><CopyButton text={text} label={label} /></span>;
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return <div className="empty"><h2>{title}</h2>{children && <p>{children}</p>}{action}</div>;
}

/** Nothing for 200 ms, then the final shape in grey. */
export function Skeleton({ lines = 3, height = 20 }: { lines?: number; height?: number }) {
  const [shown, setShown] = useState(false);
  const { t } = useTexts();
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="stack" aria-busy="true" style={{ minHeight: lines * (height + 16) }}>
      <span className="sr">{t('loading')}</span>
      {shown && Array.from({ length: lines }, (_, i) => <span key={i} className="skel" style={{ height, width: `${100 - (i % 3) * 12}%` }} />)}
    </div>
  );
}

/** Every refusal in words, in one place: by the problem's code, else by its status, else as the server said it. */
export function useProblemText(): (error: unknown) => { title: string; detail: string } {
  const { t, has } = useTexts();
  return (error) => {
    if (!(error instanceof Problem)) return { title: t('problem.internal'), detail: '' };
    for (const key of [`problem.${error.code}`, `problem.${error.status}`])
      if (has(key)) return { title: t(key), detail: error.status === 409 ? error.detail : '' };
    return { title: error.message, detail: error.detail };
  };
}

export function ProblemNotice({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const { t } = useTexts();
  const text = useProblemText()(error);
  const id = error instanceof Problem ? error.requestId : null;
  return (
    <div className="notice notice-neg" role="alert">
      <div>
        <strong>{text.title}</strong>
        {text.detail && <div>{text.detail}</div>}
        {id && error instanceof Problem && error.status >= 500 &&
          <div className="row small">{t('requestId')} <code>{id}</code><CopyButton text={id} label={t('copy')} /></div>}
      </div>
      {retry && <Button onClick={retry}>{t('retry')}</Button>}
    </div>
  );
}

export function BackLink({ children }: { children: ReactNode }) {
  return <><ChevronLeft size={16} aria-hidden />{children}</>;
}
