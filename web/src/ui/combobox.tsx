// A text field with suggestions (ARIA 1.2 combobox): arrows choose, Enter takes, Escape closes. Used by pickers and the palette.
import './form.css';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useTexts } from '../lib/i18n';

export interface Choice { id: string; label: string; hint?: string; icon?: ReactNode }

export function Combobox({ label, value, search, searchKey, onPick, onClear, placeholder, autoFocus = false, inline = false, attributes = {} }: {
  label: string; value?: string; search: (text: string) => Promise<Choice[]> | Choice[]; searchKey: string;
  onPick: (choice: Choice) => void; onClear?: () => void; placeholder?: string; autoFocus?: boolean; inline?: boolean; attributes?: object;
}) {
  const { t } = useTexts();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState<string | null>(null);
  const [open, setOpen] = useState(inline);
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(text ?? '');
  const found = useQuery({
    queryKey: ['choices', searchKey, asked], queryFn: () => search(asked), enabled: open, placeholderData: keepPreviousData, staleTime: 10_000,
  });
  const choices = found.data ?? [];
  useEffect(() => { if (autoFocus) input.current?.focus(); }, [autoFocus]);
  useEffect(() => setAt(0), [asked]);
  useEffect(() => { document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' }); }, [at, id]);
  const takesFirst = useRef(false); // Enter was pressed before the choices of the text were here
  const pick = (choice: Choice | undefined) => {
    takesFirst.current = false;
    if (!choice) return;
    setText(null);
    if (!inline) setOpen(false);
    onPick(choice);
  };
  const isShown = open && (choices.length > 0 || found.isSuccess);
  // While choices are fetched those of the text before stand there; Enter takes of what was typed.
  const isCurrent = asked === (text ?? '') && found.isSuccess && !found.isPlaceholderData;
  useEffect(() => { if (takesFirst.current && isCurrent) pick(choices[0]); });
  return (
    <div className="combo">
      <input ref={input} {...attributes} className="input" role="combobox" aria-label={label} aria-expanded={isShown} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={isShown && choices.length > 0 ? `${id}-${at}` : undefined} autoComplete="off" spellCheck={false} placeholder={placeholder}
        value={text ?? value ?? ''}
        onFocus={() => setOpen(true)}
        onBlur={() => { takesFirst.current = false; if (!inline) { setOpen(false); setText(null); } }}
        onChange={(event) => { setOpen(true); takesFirst.current = false; setText(event.target.value); if (event.target.value === '') onClear?.(); }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') { event.preventDefault(); setOpen(true); setAt(Math.min(at + 1, choices.length - 1)); }
          else if (event.key === 'ArrowUp') { event.preventDefault(); setAt(Math.max(at - 1, 0)); }
          else if (event.key === 'Enter' && isShown) { event.preventDefault(); if (isCurrent) pick(choices[at]); else takesFirst.current = true; }
          else if (event.key === 'Escape' && isShown && !inline) { event.preventDefault(); event.stopPropagation(); takesFirst.current = false; setOpen(false); }
        }} />
      {isShown && (
        <div id={`${id}-list`} role="listbox" aria-label={label} className="options">
          {choices.map((choice, i) => (
            <div key={choice.id} id={`${id}-${i}`} role="option" tabIndex={-1} aria-selected={i === at} className="option"
              onMouseDown={(event) => event.preventDefault()} onMouseMove={() => setAt(i)} onClick={() => pick(choice)} onKeyDown={undefined}>
              {choice.icon}<span className="clip">{choice.label}</span>{choice.hint && <span className="faint small clip">{choice.hint}</span>}
            </div>
          ))}
          {choices.length === 0 && <div className="option faint" role="option" aria-selected={false} aria-disabled="true" tabIndex={-1}>{t('nothingFound')}</div>}
        </div>
      )}
    </div>
  );
}
