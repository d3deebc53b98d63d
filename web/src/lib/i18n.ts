// One file of texts a feature and language, loaded when a page asks for it. A language is complete or absent
// (tools/check-locales.mjs), so nothing falls back to another one.
import { use, useMemo, useSyncExternalStore } from 'react';
import { loadDateLocale } from './format/date';
import { currentLocale, keepLocale, type Locale } from './locale';
import { textOf, type Texts, type Values } from './texts';

const files = import.meta.glob<{ default: Texts }>(['../features/*/locales/*.json', '../ui/lists/locales/*.json']);
const own = import.meta.glob<{ default: Texts }>('../ui/locales/*.json');
const loads = new Map<string, Promise<Texts>>();
const loaded = new Map<string, Texts>();
const listeners = new Set<() => void>();
let language: Locale = currentLocale();

function load(space: string, locale: Locale): Promise<Texts> {
  const key = `${space} ${locale}`;
  let loading = loads.get(key);
  if (!loading) {
    const file = space === 'ui' ? own[`../ui/locales/${locale}.json`] : files[`../${space === 'lists' ? 'ui' : 'features'}/${space}/locales/${locale}.json`];
    if (!file) throw new Error(`no texts: ${key}`);
    loading = file().then((module) => module.default);
    loads.set(key, loading);
    // What is there already is given at once: `use` looks at these members before it waits.
    void loading.then((value) => { loaded.set(key, value); Object.assign(loading as object, { status: 'fulfilled', value }); });
  }
  return loading;
}

export const startI18n = () => Promise.all([load('ui', language), loadDateLocale(language)]);

/** Changes the language when everything that is shown is there in it. */
export async function setLocale(locale: Locale) {
  const spaces = new Set([...loads.keys()].map((key) => key.split(' ')[0] ?? 'ui'));
  await Promise.all([loadDateLocale(locale), ...[...spaces].map((space) => load(space, locale))]);
  keepLocale(locale);
  language = locale;
  listeners.forEach((tell) => tell());
}

const subscribe = (tell: () => void) => { listeners.add(tell); return () => listeners.delete(tell); };

/** A key that has no text is a mistake of ours: the page shows it and the console says so, which the tests look at. */
function missing(space: string, key: string) {
  console.warn(`no text: ${space} ${key}`);
  return key;
}

export type Translate = (key: string, values?: Values) => string;

/** Texts of a feature, and those of `ui` beneath them; suspends until they are loaded. */
export function useTexts(space: string = 'ui'): { t: Translate; locale: Locale; has: (key: string) => boolean } {
  const locale = useSyncExternalStore(subscribe, () => language);
  // Always, never only when they are missing: React repeats a component that waited, and expects `use` where it was.
  const texts = use(load(space, locale));
  return useMemo(() => {
    const all = { ...loaded.get(`ui ${locale}`), ...texts };
    return { t: (key, values) => textOf(all, locale, key, values) ?? missing(space, key), locale, has: (key) => key in all };
  }, [space, texts, locale]);
}
