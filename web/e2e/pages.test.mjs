// Every page: no violation of the security policy, no message in the console, nothing for axe to find in both themes, and
// nothing that scrolls sideways or spills at six widths in four languages. A page is loaded once a language; themes and
// widths are changed where it stands, for they are nothing but style sheets. SMOKE=1: English alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibility, go, settled, setTheme, spills } from './look.mjs';
import { consolePages, operatorPages, portalPages, publicPages } from './pages.mjs';
import { begin } from './story.mjs';

let story;
before(async () => { story = await begin({ whole: true }); });
after(() => story?.end());

const sides = {
  console: () => ['owner', story.console, consolePages(story.ids)], portal: () => ['partner', story.portal, portalPages(story.ids)],
  operator: () => ['operator', '/console/tandem-platform', operatorPages], public: () => [null, '', publicPages],
};
const sizes = [[320, 640], [390, 844], [768, 1024], [1024, 768], [1280, 800], [1440, 900]];
const locales = process.env.SMOKE ? ['en'] : ['en', 'id', 'uz', 'ru'];

/** Six widths; in English axe too: all of it on a phone and a desk in light, and the colours again in dark. */
async function look(page, locale) {
  const found = [];
  const axe = async (where, rules) => { for (const one of await accessibility(page, rules)) found.push(`${where}: ${one}`); };
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    for (const one of await spills(page)) found.push(`${width}: ${one}`);
    if (locale !== 'en' || (width !== 390 && width !== 1440)) continue;
    await axe(`${width} light`);
    await setTheme(page, 'dark');
    await axe(`${width} dark`, ['color-contrast']);
    await setTheme(page, 'light');
  }
  const lang = await page.evaluate(() => document.documentElement.lang);
  if (lang !== locale) found.push(`the page says it is ${lang}`);
  return found;
}

for (const side of Object.keys(sides))
  for (const locale of locales)
    test(`${side} in ${locale}`, { timeout: 600_000 }, async () => {
      const [who, root, paths] = sides[side]();
      const page = await story.page(who, { locale });
      const wrong = [];
      for (const path of paths) {
        page.wrong.length = 0;
        await go(page, story.server.base + root + path);
        const found = await look(page, locale);
        // Nothing fails in the demo: a page that says so asked for what it is refused.
        if (who) for (const text of await page.locator('main [role=alert]').allInnerTexts()) found.push(`says: ${text}`);
        for (const one of [...page.wrong, ...found]) wrong.push(`${root}${path}: ${one}`);
      }
      await page.context().close();
      assert.deepEqual(wrong, []);
    });

test('a page asks for nothing from elsewhere, and little before its first content', async () => {
  const page = await story.page('owner');
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await go(page, `${story.server.base}${story.console}`);
  assert.deepEqual(asked.filter((url) => !url.startsWith(story.server.base) && !url.startsWith('data:')), []);
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
  assert.ok(nodes < 1_500, `${nodes} nodes`);
  await settled(page);
  await page.context().close();
});
