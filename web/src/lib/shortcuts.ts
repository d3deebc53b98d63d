// Single-letter keys: never in fields, never with a modifier, and off when the person says so.
import { useEffect, useRef } from 'react';

/** Where letters are text; a box that is ticked takes none. */
const inField = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)
    || (target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio'));

export const keysOn = (): boolean => localStorage.getItem('keys') !== 'off';
export const setKeysOn = (on: boolean) => localStorage.setItem('keys', on ? 'on' : 'off');

/** Handlers by key; "g p" is two keys within a second. */
export function useKeys(handlers: Record<string, (() => void) | undefined>) {
  const current = useRef(handlers);
  useEffect(() => { current.current = handlers; });
  useEffect(() => {
    let first = '';
    let at = 0;
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target) || !keysOn()) return;
      if (document.querySelector('dialog[open]')) return;
      const pair = `${first} ${event.key}`;
      const handler = (Date.now() - at < 1_000 ? current.current[pair] : undefined) ?? current.current[event.key];
      [first, at] = [event.key, Date.now()];
      if (handler) { event.preventDefault(); handler(); }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
