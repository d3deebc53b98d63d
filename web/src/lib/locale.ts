// The language and theme of the page are cookies, so that the server's first answer is right already.
export const locales = ['en', 'id', 'uz', 'ru'] as const;
export type Locale = (typeof locales)[number];
export const localeNames: Record<Locale, string> = { en: 'English', id: 'Indonesia', uz: 'O‘zbekcha', ru: 'Русский' };

const year = 31_536_000;
const keep = (name: string, value: string) => {
  document.cookie = `${name}=${value}; path=/; max-age=${year}; samesite=lax`;
};

export const currentLocale = (): Locale =>
  locales.find((one) => one === document.documentElement.lang) ?? 'en';

export function keepLocale(locale: Locale) {
  keep('locale', locale);
  document.documentElement.lang = locale;
}

export type Theme = 'light' | 'dark' | 'auto';
export const currentTheme = (): Theme => (document.documentElement.dataset['theme'] ?? 'auto') as Theme;
export function keepTheme(theme: Theme) {
  keep('theme', theme);
  document.documentElement.dataset['theme'] = theme;
}
