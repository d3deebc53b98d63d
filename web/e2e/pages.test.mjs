// Every page: no violation of the security policy, no message in the console, nothing for axe to find in both themes, and
// nothing that scrolls sideways or spills at six widths in four languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibility, go, settled, spills } from './look.mjs';
import { consolePages, portalPages, publicPages } from './pages.mjs';
import { begin } from './story.mjs';

let story;
before(async () => { story = await begin(); });
after(() => story?.end());

const sides = () => [
  ['owner', story.console, consolePages(story.ids)], ['partner', story.portal, portalPages(story.ids)], [null, '', publicPages],
];
const sizes = [[320, 640], [390, 844], [768, 1024], [1024, 768], [1280, 800], [1440, 900]];

async function walk(options, look) {
  const wrong = [];
  for (const [who, root, paths] of sides()) {
    const page = await story.page(who, options);
    for (const path of paths) {
      page.wrong.length = 0;
      await go(page, story.server.base + root + path);
      for (const one of [...page.wrong, ...(await look(page))]) wrong.push(`${root}${path}: ${one}`);
    }
    await page.context().close();
  }
  assert.deepEqual(wrong, []);
}

for (const theme of ['light', 'dark'])
  for (const width of [390, 1440])
    test(`pages are accessible, ${theme}, ${width} wide`, () => walk({ theme, width, height: 900 }, accessibility));

for (const locale of ['en', 'id', 'uz', 'ru'])
  test(`pages fit six widths in ${locale}`, () => walk({ locale }, async (page) => {
    const found = [];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(60);
      for (const one of await spills(page)) found.push(`${width}: ${one}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    const lang = await page.evaluate(() => document.documentElement.lang);
    if (lang !== locale) found.push(`the page says it is ${lang}`);
    return found;
  }));

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
