// Every page in the states that data are in besides being there: loading, failed, forbidden and not yet any. The server's
// answers are held, failed and refused on their way; the empty ones are those of an organization and a partner of a minute.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibility, go, openPage, settled, spills } from './look.mjs';
import { consolePages, operatorPages, portalPages } from './pages.mjs';
import { call } from './server.mjs';
import { begin } from './story.mjs';

let story;
before(async () => { story = await begin({ whole: true }); });
after(() => story?.end());

/** Without the sheets that open over a page, which are forms: what a form says of a refusal is played in the journey. */
const isSheet = /[?&](new|edit|why|refund|simulate|document|form|claim|template|invite|open)=/;
const sides = {
  console: () => ['owner', story.console, consolePages(story.ids)], portal: () => ['partner', story.portal, portalPages(story.ids)],
  operator: () => ['operator', '/console/tandem-platform', operatorPages],
};
const pagesOf = (side) => {
  const [who, root, paths] = sides[side]();
  return [who, [...new Set(paths)].filter((path) => !isSheet.test(path) && path !== '/nowhere').map((path) => root + path)];
};
const main = (page) => page.locator('main').innerText();
/** What no person should read. */
const unreadable = /\b(undefined|NaN|null|\[object)\b/;

/** Who is signed in, and where: without these there is no page. */
const frame = /^\/api\/(session|organizations\/[0-9a-f-]{36})$/;
/** `answer`: of every read of the page. Says whether there were any. */
async function answering(page, answer) {
  const asked = { any: false };
  await page.route((url) => url.pathname.startsWith('/api/') && !frame.test(url.pathname), async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    asked.any = true;
    return answer(route);
  });
  return asked;
}
const refusal = (status, code) => (route) => route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify({ code, title: 'As the server says it', status, request_id: '01a1fe1d-a9a7-74e5-b5c4-3adababae653' }) });

async function each(side, look) {
  const [who, paths] = pagesOf(side);
  const page = await story.page(who, { width: 390, height: 844 });
  const wrong = [];
  for (const path of paths) {
    page.wrong.length = 0;
    const found = await look(page, path).catch((error) => [String(error.message).split('\n')[0]]);
    for (const one of [...found, ...page.wrong]) wrong.push(`${path}: ${one}`);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  }
  await page.context().close();
  assert.deepEqual(wrong, []);
}

for (const side of ['console', 'portal', 'operator']) {
  test(`${side}: what fails is said in words, on every page`, { timeout: 900_000 }, () => each(side, async (page, path) => {
    const asked = await answering(page, refusal(500, 'internal'));
    await go(page, story.server.base + path);
    const text = await main(page);
    return [asked.any && !/Something failed on our side/.test(text) && `does not say that it failed: ${text.slice(0, 200)}`, unreadable.test(text) && text, ...(await accessibility(page, ['color-contrast', 'region'])), ...(await spills(page))].filter(Boolean);
  }));

  test(`${side}: who may not see it is told so, on every page`, { timeout: 900_000 }, () => each(side, async (page, path) => {
    const asked = await answering(page, refusal(403, 'forbidden'));
    await go(page, story.server.base + path);
    const text = await main(page);
    return [asked.any && !/Your role does not (show|permit) this/.test(text) && `does not say that it is not permitted: ${text.slice(0, 200)}`, unreadable.test(text) && text].filter(Boolean);
  }));

  test(`${side}: what loads says so, on every page`, { timeout: 900_000 }, () => each(side, async (page, path) => {
    let free = () => undefined;
    const freed = new Promise((done) => { free = done; });
    const asked = await answering(page, async (route) => { await freed; await route.continue().catch(() => undefined); });
    await page.goto(story.server.base + path, { waitUntil: 'load' });
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(350); // nothing is shown for 200 ms
    const found = [];
    if (asked.any && (await page.locator('main [aria-busy=true], main .skel').count()) === 0) found.push(`does not say that it loads: ${(await main(page)).slice(0, 200)}`);
    if (unreadable.test(await main(page))) found.push(await main(page));
    free();
    await settled(page);
    return found;
  }));
}

test('without the zone and the currency of the organization there is no page, but a word and another try', { timeout: 120_000 }, async () => {
  const page = await story.page('owner');
  const pattern = (url) => /^\/api\/organizations\/[0-9a-f-]{36}$/.test(url.pathname);
  await page.route(pattern, refusal(500, 'internal'));
  await page.goto(`${story.server.base}${story.console}/settings`);
  await page.getByText('Something failed on our side').waitFor();
  await page.unroute(pattern);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await page.context().close();
});

test('an organization of a minute: every page says what will be there', { timeout: 900_000 }, async () => {
  const operator = await story.page('operator');
  await go(operator, `${story.server.base}/console/tandem-platform/organizations?new=1`);
  await operator.getByLabel('Name', { exact: true }).fill('New Shop');
  await operator.getByLabel('E-mail of the first owner').fill('first@newshop.example');
  await operator.getByRole('button', { name: 'Make and invite' }).click();
  await operator.getByText('New Shop is made').waitFor();
  await operator.context().close();
  const page = await openPage(story.browser, story.server.base);
  await accept(page, 'first@newshop.example');
  await page.waitForURL(/\/console\/new-shop/);
  await empty(page, '/console/new-shop', consolePages(story.ids).filter((path) => !/[0-9a-f]{8}-/.test(path)));
});

test('a partner of a minute: every page says what will be there', { timeout: 900_000 }, async () => {
  const { id } = await call(story.server, 'POST', '/api/partners', { name: 'New Partner', kind: 'affiliate', contact_email: 'new@partner.example', approved: true });
  await call(story.server, 'POST', `/api/partners/${id}/invitations`, { email: 'new@partner.example', role: 'owner', locale: 'en' });
  const page = await openPage(story.browser, story.server.base);
  await accept(page, 'new@partner.example');
  await page.waitForURL(/\/portal\//);
  await empty(page, `/portal/${id}`, portalPages(story.ids).filter((path) => !/[0-9a-f]{8}-/.test(path)));
});

async function accept(page, email) {
  await page.goto(await story.server.mailed(email, /\/invitation\/\S+/));
  await page.getByLabel('Your name', { exact: true }).fill('Somebody New');
  await page.getByLabel('Password', { exact: true }).fill('a sentence that is easy to keep');
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
}

/** Nothing is broken, blank or unreadable; a list without rows has words in their place. */
async function empty(page, root, paths) {
  const wrong = [];
  for (const path of paths) {
    page.wrong.length = 0;
    await go(page, `${story.server.base}${root}${path}`);
    const text = await main(page);
    if (unreadable.test(text)) wrong.push(`${path}: ${text}`);
    if (text.length < 30) wrong.push(`${path} is blank: ${text}`);
    const bare = await page.evaluate(() => [...document.querySelectorAll('main table tbody')].filter((body) => body.rows.length === 0).length);
    if (bare > 0) wrong.push(`${path}: a table without rows or words`);
    if ((await page.locator('main [role=alert]').count()) > 0) wrong.push(`${path}: ${await page.locator('main [role=alert]').first().innerText()}`);
    for (const one of [...page.wrong, ...(await spills(page))]) wrong.push(`${path}: ${one}`);
  }
  await page.context().close();
  assert.deepEqual(wrong, []);
}
