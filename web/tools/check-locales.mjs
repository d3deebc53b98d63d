// Every language has every key, every plural form that it has, the same placeholders and no empty text; every key that
// the code names stands in English. Says which texts are the same as in English, to be looked at.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const src = new URL('../src/', import.meta.url).pathname;
const locales = ['en', 'id', 'uz', 'ru'];
// By CLDR; browsers and small ICU builds lack some of them.
const forms = { en: ['one', 'other'], id: ['other'], uz: ['one', 'other'], ru: ['one', 'few', 'many', 'other'] };
const wrong = [];
const spaces = { ui: `${src}ui/locales`, lists: `${src}ui/lists/locales`, public: `${src}public/locales` };
for (const name of readdirSync(`${src}features`)) spaces[name] = `${src}features/${name}/locales`;

const base = (key) => key.replace(/_(one|few|many|other)$/, '');
const holes = (text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((one) => one[1]).sort().join(' ');
const texts = {};
let same = 0;
for (const [space, folder] of Object.entries(spaces)) {
  if (!existsSync(folder)) continue;
  const read = (locale) => JSON.parse(readFileSync(`${folder}/${locale}.json`, 'utf8'));
  const english = read('en');
  texts[space] = english;
  const plural = new Set(Object.keys(english).filter((key) => key.endsWith('_other')).map(base));
  for (const locale of locales) {
    const own = read(locale);
    const wanted = new Set(Object.keys(english).filter((key) => !plural.has(base(key))));
    for (const key of plural) for (const form of forms[locale]) wanted.add(`${key}_${form}`);
    for (const key of wanted) if (!(key in own)) wrong.push(`${space}/${locale}: ${key} is missing`);
    for (const [key, text] of Object.entries(own)) {
      if (!wanted.has(key)) wrong.push(`${space}/${locale}: ${key} is not in English`);
      if (text.trim() === '') wrong.push(`${space}/${locale}: ${key} is empty`);
      const model = english[key] ?? english[`${base(key)}_other`] ?? '';
      if (holes(text) !== holes(model)) wrong.push(`${space}/${locale}: ${key} has other placeholders`);
      if (locale === 'uz' && /[og]['’ʻ`]/i.test(text)) wrong.push(`${space}/uz: ${key}: o‘ and g‘ are written with U+2018`);
      if (locale !== 'en' && text === english[key] && /[a-z]{4}/i.test(text)) same += 1;
    }
  }
}

const sources = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? sources(path) : /\.tsx?$/.test(name) && !/\.test\./.test(name) ? [path] : [];
});
for (const file of sources(src)) {
  const [layer, feature] = file.slice(src.length).split('/');
  const space = layer === 'features' ? feature : layer === 'ui' && feature === 'lists' ? 'lists' : layer === 'public' ? 'public' : 'ui';
  const known = { ...(space === 'public' ? {} : texts.ui), ...texts[space] };
  const bases = new Set(Object.keys(known).map(base));
  const text = readFileSync(file, 'utf8');
  for (const [, key] of text.matchAll(/\bt\('([^']+)'/g)) if (!bases.has(key)) wrong.push(`${file.slice(src.length)}: no text ${key}`);
  for (const [, a, b] of text.matchAll(/\bt\([^'`)]*\? '([^']+)' : '([^']+)'/g))
    for (const key of [a, b]) if (!bases.has(key)) wrong.push(`${file.slice(src.length)}: no text ${key}`);
  for (const [, start] of text.matchAll(/\bt\(`([^`$]+)\$\{/g))
    if (![...bases].some((key) => key.startsWith(start))) wrong.push(`${file.slice(src.length)}: no text begins with ${start}`);
}
for (const line of wrong) console.error(line);
console.log(`${Object.values(texts).reduce((sum, one) => sum + Object.keys(one).length, 0)} texts in ${locales.length} languages, ${same} the same as in English`);
process.exit(wrong.length > 0 ? 1 : 0);
