// What people do, for real: sign in, add a partner, agree on a deal, make a link; a visitor comes by it to the client's
// website, signs up and buys; the commission is explained and taken back; the partner sees its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { go, openPage, settled } from './look.mjs';
import { begin } from './story.mjs';

let story;
before(async () => { story = await begin(); });
after(() => story?.end());

const field = (page, label) => page.getByLabel(label, { exact: true });
const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
const seen = (page, text) => page.getByText(text).first().waitFor({ timeout: 20_000 });

test('signing in takes one where one wanted to go, and a wrong password is told in words', async () => {
  const page = await openPage(story.browser, story.server.base);
  await page.goto(`${story.server.base}${story.console}/partners`);
  await page.waitForURL(/\/signin\?next=/);
  const owner = story.by('owner');
  await field(page, 'E-mail').fill(owner.email);
  await field(page, 'Password').fill('certainly not the password');
  await press(page, 'Sign in');
  await seen(page, 'E-mail or password is wrong');
  await field(page, 'Password').fill(owner.password);
  await press(page, 'Sign in');
  await page.waitForURL(/\/console\/demo\/partners/);
  await settled(page);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('sign-in leads to our own pages alone', async () => {
  const page = await story.page(null);
  await page.goto(`${story.server.base}/signin?next=${encodeURIComponent('//evil.example/')}`);
  const owner = story.by('owner');
  await field(page, 'E-mail').fill(owner.email);
  await field(page, 'Password').fill(owner.password);
  await press(page, 'Sign in');
  await page.waitForURL(/\/(console|portal)\//);
  assert.ok(page.url().startsWith(story.server.base));
  await page.context().close();
});

test('partner, deal, link, visit, lead, sale, why, refund', { timeout: 180_000 }, async () => {
  const { base, shop } = story.server;
  const page = await story.page('owner');
  await go(page, `${base}${story.console}/partners?new=1`);
  await field(page, 'Name').fill('Bright Travel');
  await page.getByRole('button', { name: 'Add partner' }).last().click();
  await page.waitForURL(/\/partners\/[0-9a-f-]{36}/);
  const partner = /partners\/([0-9a-f-]{36})/.exec(page.url())[1];

  await go(page, `${base}${story.console}/deals/new?partner=${partner}`);
  await press(page, 'Save as draft');
  await seen(page, 'This is needed');
  await field(page, 'Name of the deal').fill('Bright 10 %');
  await press(page, 'Save as draft');
  await page.waitForURL(/\/deals\/[0-9a-f-]{36}/);
  await press(page, 'Put in force');
  await seen(page, 'In force');

  await go(page, `${base}${story.console}/partners/${partner}?tab=links&new=1`);
  await field(page, 'Destination').fill('not an address');
  await press(page, 'Make link');
  await page.locator('[aria-invalid=true]').waitFor();
  await field(page, 'Destination').fill(`${shop}/`);
  await page.getByLabel(/^Code/).fill('bright');
  await press(page, 'Make link');
  await seen(page, '/r/bright');

  const visitor = await openPage(story.browser, base);
  await visitor.goto(`${base}/r/bright`);
  await visitor.waitForURL((url) => url.href.startsWith(shop));
  await visitor.getByRole('button', { name: 'Sign up' }).click();
  await seen(visitor, 'The lead is in the console.');
  // The sale appears without a reload: the list is asked again while one looks.
  await go(page, `${base}${story.console}/partners/${partner}?tab=sales`);
  await seen(page, 'No conversions yet');
  await visitor.getByRole('button', { name: 'Buy the clock' }).click();
  await seen(visitor, 'The sale is in the console.');
  await seen(page, '124.00');
  assert.deepEqual(visitor.wrong, []);
  await visitor.context().close();

  await go(page, `${base}${story.console}/partners/${partner}?tab=earnings`);
  await press(page, 'Why?');
  await seen(page, '10% of 124.00');
  await seen(page, 'Commission: 12.40');
  assert.match(page.url(), /why=/);
  await page.reload();
  await seen(page, 'Commission: 12.40');
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });

  await go(page, `${base}${story.console}/partners/${partner}?tab=sales`);
  await page.locator('tbody th a').first().click();
  await page.waitForURL(/\/conversions\//);
  await press(page, 'Record a refund');
  await page.getByLabel('Amount in GBP').fill('62.00');
  await page.getByLabel('External id').fill('refund-1');
  await page.getByRole('button', { name: 'Record a refund' }).last().click();
  await seen(page, '-6.20');
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('a partner sees its own alone', async () => {
  const page = await story.page('partner');
  await go(page, `${story.server.base}${story.portal}/links`);
  await seen(page, '/r/demo-netherlands');
  await go(page, `${story.server.base}${story.console}/partners`);
  await seen(page, 'There is nothing here');
  await page.context().close();
});

test('who may not see a page is told so', async () => {
  const page = await story.page('finance');
  await go(page, `${story.server.base}${story.console}/keys`);
  await seen(page, 'Your role does not permit this');
  assert.equal(await page.getByRole('navigation', { name: 'Main navigation' }).getByText('API and site keys').count(), 0);
  await page.context().close();
});

test('the session that ends in the middle of work is asked for again, and the work goes on', async () => {
  const page = await openPage(story.browser, story.server.base);
  const owner = story.by('owner');
  await page.goto(`${story.server.base}/signin?next=${story.console}/coupons?new=1`);
  await field(page, 'E-mail').fill(owner.email);
  await field(page, 'Password').fill(owner.password);
  await press(page, 'Sign in');
  await page.waitForURL(/coupons/);
  await settled(page);
  await page.getByRole('combobox', { name: 'Partner' }).fill('nether');
  await page.getByRole('option', { name: /Netherlands/ }).click();
  await field(page, 'Coupon code').fill('SUMMER10');
  await page.context().clearCookies();
  await press(page, 'Make coupon');
  await seen(page, 'Your session has ended.');
  await field(page, 'Password').fill(owner.password);
  await press(page, 'Continue');
  await seen(page, 'SUMMER10');
  await page.context().close();
});

test('the network fails and comes back: nothing is lost, nothing happens twice', async () => {
  const page = await story.page('owner');
  await go(page, `${story.server.base}${story.console}/links?new=1`);
  await page.getByRole('combobox', { name: 'Partner' }).fill('nether');
  await page.getByRole('option', { name: /Netherlands/ }).click();
  await field(page, 'Destination').fill('https://shop.example/once');
  await page.getByLabel(/^Code/).fill('once-only');
  // The server does the work and the answer is lost on its way.
  let lost = 0;
  await page.route('**/api/partners/*/links', async (route) => { if (lost++ < 3) { await route.fetch(); await route.abort(); } else await route.continue(); });
  await press(page, 'Make link');
  await seen(page, 'The server cannot be reached');
  await press(page, 'Make link');
  await seen(page, '/r/once-only');
  assert.equal(await page.getByText('/r/once-only').count(), 1);
  await page.context().close();
});

test('what the server refuses is said, and asked again by a button', async () => {
  const page = await story.page('owner');
  await page.route('**/api/links?*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ code: 'internal', title: 'Something broke on our side', status: 500, request_id: '01a1fe1d-a9a7-74e5-b5c4-3adababae653' }) }));
  await page.goto(`${story.server.base}${story.console}/links`);
  await seen(page, 'Something failed on our side');
  await seen(page, '01a1fe1d-a9a7-74e5-b5c4-3adababae653');
  await page.unroute('**/api/links?*');
  await press(page, 'Try again');
  await seen(page, '/r/demo-netherlands');
  await page.context().close();
});

test('by keyboard: skip link, palette, keys, rows, Escape back to where one was', async () => {
  const page = await story.page('owner');
  await go(page, `${story.server.base}${story.console}/partners`);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search pages and people' }).fill('nether');
  await page.getByRole('option', { name: /Netherlands/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/partners\/[0-9a-f-]{36}/);
  await settled(page);
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.waitForURL(/\/links$/);
  // The page before stays until the new one is loaded.
  await page.getByRole('heading', { name: 'Links', level: 1 }).waitFor();
  await settled(page);
  await page.keyboard.press('c');
  await page.waitForURL(/new=1/);
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.context().close();
});

test('filters are in the address, and an empty list offers to clear them', async () => {
  const page = await story.page('owner');
  await go(page, `${story.server.base}${story.console}/partners`);
  await page.getByRole('searchbox').fill('zzzz');
  await seen(page, 'Nothing matches these filters');
  assert.match(page.url(), /q=zzzz/);
  await press(page, 'Clear filters');
  await seen(page, 'Netherlands');
  await page.getByRole('link', { name: 'Suspended' }).click();
  await page.waitForURL(/state=suspended/);
  await page.context().close();
});

test('language and theme are chosen and kept', async () => {
  const page = await story.page('owner');
  await go(page, `${story.server.base}${story.console}/partners`);
  await page.getByRole('button', { name: /^Language/ }).click();
  await page.getByRole('menuitemradio', { name: 'Русский' }).click();
  await page.getByRole('heading', { name: 'Партнёры' }).waitFor();
  await page.getByRole('button', { name: /^Тема/ }).click();
  await page.getByRole('menuitemradio', { name: 'Тёмная' }).click();
  await page.reload();
  await settled(page);
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), ['ru', 'dark']);
  await page.context().close();
});
