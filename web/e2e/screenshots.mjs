// npm run screenshots -- [FOLDER]: every page on a phone and a desk in both themes, to be looked at; outside of git.
// npm run screenshots -- --docs: the few that the README shows, into docs/images.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { go } from './look.mjs';
import { consolePages, operatorPages, portalPages, publicPages } from './pages.mjs';
import { begin } from './story.mjs';

const [target = join(tmpdir(), 'tandem-screenshots')] = process.argv.slice(2);
const forDocs = target === '--docs';
const folder = forDocs ? new URL('../../docs/images', import.meta.url).pathname : target;
mkdirSync(folder, { recursive: true });
const story = await begin({ whole: true });

/** WebP, which is a fifth of the PNG; the browser's own protocol has it. */
async function shoot(page, name) {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, 'base64'));
}

const phone = { width: 390, height: 844 }, desk = { width: 1440, height: 900 };
const march = 'from=2011-03-01&to=2011-04-01';

async function documented() {
  const chosen = [
    ['console-home', 'owner', `${story.console}?${march}`, desk, 'light'], ['console-why', 'owner', `${story.console}/earnings?why=${story.ids.earning}`, desk, 'light'],
    ['console-run', 'owner', `${story.console}/payouts/runs/${story.ids.run}`, desk, 'dark'],
    ['portal-home', 'partner', `${story.portal}?${march}`, phone, 'light'],
  ];
  for (const [name, who, path, size, theme] of chosen) {
    const page = await story.page(who, { ...size, theme });
    await go(page, story.server.base + path);
    await shoot(page, name);
    await page.context().close();
  }
}

async function everything() {
  const sides = [['owner', story.console, consolePages(story.ids)], ['partner', story.portal, portalPages(story.ids)], ['operator', '/console/tandem-platform', operatorPages], [null, '', publicPages]];
  for (const [who, root, paths] of sides)
    for (const size of [phone, desk])
      for (const theme of ['light', 'dark']) {
        const page = await story.page(who, { ...size, theme });
        for (const path of paths) {
          await go(page, story.server.base + root + path);
          const name = path.replace(/[0-9a-f-]{36}/g, 'id').replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'home';
          await shoot(page, `${who ?? 'public'}-${name}-${size.width}-${theme}`);
        }
        await page.context().close();
      }
}

await (forDocs ? documented() : everything()).finally(() => story.end());
console.log(folder);
