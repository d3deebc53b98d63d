// Short news at the bottom, in one polite live region; with Undo where undoing is true.
import './overlay.css';
import { useSyncExternalStore } from 'react';
import { useTexts } from '../lib/i18n';

interface Toast { id: number; text: string; undo: (() => void) | undefined }
let toasts: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();
const tell = (next: Toast[]) => { toasts = next; listeners.forEach((one) => one()); };

export function toast(text: string, undo?: () => void) {
  const id = ++last;
  tell([...toasts.slice(-2), { id, text, undo }]);
  setTimeout(() => tell(toasts.filter((one) => one.id !== id)), 8_000);
}

export function Toasts() {
  const { t } = useTexts();
  const shown = useSyncExternalStore((change) => { listeners.add(change); return () => listeners.delete(change); }, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className="toast"><span>{one.text}</span>
          {one.undo && <button type="button" onClick={() => { one.undo?.(); tell(toasts.filter((other) => other.id !== one.id)); }}>{t('undo')}</button>}
        </div>
      ))}
    </div>
  );
}
