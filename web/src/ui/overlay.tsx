// Sheet, dialog and menu on the browser's own <dialog>: it keeps the focus inside, closes by Escape, makes the rest inert
// and gives the focus back.
import './overlay.css';
import { X } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTexts } from '../lib/i18n';
import { Button, IconButton, ProblemNotice } from './basic';

/** A modal <dialog> that is open as long as it is mounted. `guard` may refuse to close (unsaved changes). */
export function Modal({ className, label, labelledBy, onClose, guard, children }: {
  className: string; label?: string; labelledBy?: string; onClose: () => void; guard?: (() => boolean) | undefined; children: ReactNode;
}) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    // The first field, or the title: not the button that closes.
    const field = dialog?.querySelector<HTMLElement>('.over-body :is(input, select, textarea), .palette input');
    // A field of choices would open its list before anybody asked.
    const isChoice = field?.role === 'combobox' && !field.closest('.palette');
    (field && !isChoice ? field : dialog?.querySelector<HTMLElement>('h2'))?.focus();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const leave = () => { if (!guard || guard()) onClose(); };
  return (
    // The backdrop is the dialog itself; Escape arrives as `cancel`.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog ref={box} className={className} {...(label ? { 'aria-label': label } : {})} {...(labelledBy ? { 'aria-labelledby': labelledBy } : {})}
      onCancel={(event) => { event.preventDefault(); leave(); }}
      onMouseDown={(event) => { if (event.target === box.current) leave(); }}>
      {children}
    </dialog>
  );
}

export function Sheet({ title, onClose, guard, foot, wide = false, children }: {
  title: string; onClose: () => void; guard?: () => boolean; foot?: ReactNode; wide?: boolean; children: ReactNode;
}) {
  const { t } = useTexts();
  const id = useId();
  return (
    <Modal className={wide ? 'sheet wide' : 'sheet'} labelledBy={id} onClose={onClose} guard={guard}>
      <header className="over-head"><h2 id={id} tabIndex={-1}>{title}</h2>
        <IconButton label={t('close')} onClick={() => { if (!guard || guard()) onClose(); }}><X size={18} aria-hidden /></IconButton></header>
      <div className="over-body">{children}</div>
      {foot && <footer className="over-foot">{foot}</footer>}
    </Modal>
  );
}

/** Asks before what cannot be undone: names the object, and the verb stands on the button. */
export function Confirm({ title, children, verb, danger = false, busy = false, error, onConfirm, onClose }: {
  title: string; children: ReactNode; verb: string; danger?: boolean; busy?: boolean; error?: unknown; onConfirm: () => void; onClose: () => void;
}) {
  const { t } = useTexts();
  const id = useId();
  return (
    <Modal className="dialog" labelledBy={id} onClose={onClose}>
      <div className="over-body stack"><h2 id={id} tabIndex={-1}>{title}</h2><div className="quiet">{children}</div>
        {error !== undefined && error !== null && <ProblemNotice error={error} />}</div>
      <footer className="over-foot">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button variant={danger ? 'danger' : 'primary'} busy={busy} onClick={onConfirm}>{verb}</Button>
      </footer>
    </Modal>
  );
}

export interface MenuEntry { label: string; icon?: ReactNode; danger?: boolean; checked?: boolean; href?: string; onPick?: () => void }

/** A button with a menu: arrows move, letters find, Escape closes. */
export function Menu({ label, button, buttonClass = 'btn btn-secondary', entries, start = false, up = false }: {
  label: string; button: ReactNode; buttonClass?: string; entries: MenuEntry[]; start?: boolean; up?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const items = () => [...(box.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  useEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const outside = (event: MouseEvent) => { if (!box.current?.contains(event.target as Node)) setOpen(false); };
    document.addEventListener('mousedown', outside);
    return () => document.removeEventListener('mousedown', outside);
  }, [open]);
  const close = () => { setOpen(false); box.current?.querySelector('button')?.focus(); };
  const keys = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Escape') { event.stopPropagation(); event.preventDefault(); close(); }
    else if (event.key === 'Tab') setOpen(false);
    else if (to !== undefined) { event.preventDefault(); all[(to + all.length) % all.length]?.focus(); }
    else if (event.key.length === 1)
      all.find((one) => one.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  };
  return (
    <div className="menu-box" ref={box}>
      <button type="button" className={buttonClass} aria-haspopup="menu" aria-expanded={open} aria-label={label} onClick={() => setOpen(!open)}>{button}</button>
      {open && (
        <div role="menu" tabIndex={-1} aria-label={label} className={`menu${start ? ' start' : ''}${up ? ' up' : ''}`} onKeyDown={keys}>
          {entries.map((entry) => entry.href
            ? <a key={entry.label} role="menuitem" tabIndex={-1} className="menu-item" href={entry.href}>{entry.icon}{entry.label}</a>
            : <button key={entry.label} type="button" tabIndex={-1} role={entry.checked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={entry.checked}
                className={entry.danger ? 'menu-item menu-danger' : 'menu-item'} onClick={() => { close(); entry.onPick?.(); }}>{entry.icon}{entry.label}</button>)}
        </div>
      )}
    </div>
  );
}
