// What was typed into a long form survives a reload: kept by the tab alone, under the membership that typed it, until it is
// sent, thrown away, or the person signs out. `of` says which version of a record it changes; of another one it is dropped.
import { credentials } from './api/client';

const start = 'draft ';
const slot = (name: string) => `${start}${credentials.membership} ${name}`;

export interface Keep { name: string; of?: string }

export function readDraft<V>({ name, of = '' }: Keep): V | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(slot(name)) ?? 'null') as { of: string; values: V } | null;
    return kept?.of === of ? kept.values : null;
  } catch {
    return null;
  }
}

export function writeDraft({ name, of = '' }: Keep, values: unknown) {
  // A tab without room for it works on as it did.
  try { sessionStorage.setItem(slot(name), JSON.stringify({ of, values })); } catch { /* full, or switched off */ }
}

export const dropDraft = ({ name }: Keep) => sessionStorage.removeItem(slot(name));

export function dropDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(start)) sessionStorage.removeItem(key);
}
