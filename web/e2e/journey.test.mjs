// What people do, for real: a partner applies, is approved, accepts its invitation and makes a link; a visitor comes by it to
// the client's website, signs up and buys; the commission is explained, taken back in part, and paid by two people.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { confirmed, field, press, seen } from './acts.mjs';
import { go, openPage, settled } from './look.mjs';
import { call } from './server.mjs';
import { begin } from './story.mjs';

let story;
before(async () => { story = await begin(); });
after(() => story?.end());

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

test('the whole story: apply, approve, accept, link, visit, sign-up, sale, why, refund, payout by two people, statement', { timeout: 300_000 }, async () => {
  const { base, shop } = story.server;
  const applicant = await openPage(story.browser, base, { width: 390, height: 844 });
  await applicant.goto(shop);
  await applicant.getByRole('link', { name: 'Become a partner' }).click();
  await field(applicant, 'Name of the company, or yours').fill('Bright Travel');
  await field(applicant, 'Contact person').fill('Mia Bright');
  await field(applicant, 'E-mail').fill('mia@bright.example');
  await field(applicant, 'Whom do you reach, and how?').fill('People who travel, by a weekly letter');
  await press(applicant, 'Send the application');
  // A question was left out: it is marked, and what was typed stays even when the page is loaded anew.
  await applicant.locator('#q-size[aria-invalid]').waitFor();
  await applicant.reload();
  assert.equal(await field(applicant, 'E-mail').inputValue(), 'mia@bright.example');
  await field(applicant, 'How many people a month?').selectOption('more');
  await applicant.waitForTimeout(2_100); // who is faster is a machine
  await press(applicant, 'Send the application');
  await seen(applicant, 'Your application was received');

  const page = await story.page('owner');
  await go(page, `${base}${story.console}/partners?state=applied`);
  await page.getByRole('link', { name: 'Bright Travel' }).first().click();
  await page.waitForURL(/\/partners\/[0-9a-f-]{36}/);
  const partner = /partners\/([0-9a-f-]{36})/.exec(page.url())[1];
  await press(page, 'Approve');
  await seen(page, 'Bright Travel is approved');
  await applicant.reload();
  await seen(applicant, 'You are approved');

  await go(page, `${base}${story.console}/deals/new?partner=${partner}`);
  await press(page, 'Save as draft');
  await seen(page, 'This is needed');
  await field(page, 'Name of the deal').fill('Bright 10 %');
  await press(page, 'Save as draft');
  await page.waitForURL(/\/deals\/[0-9a-f-]{36}/);
  await press(page, 'Put in force');
  await seen(page, 'In force');

  await call(story.server, 'POST', `/api/partners/${partner}/invitations`, { email: 'mia@bright.example', role: 'owner', locale: 'en' });
  await applicant.goto(await story.server.mailed('mia@bright.example', /\/invitation\/\S+/));
  await field(applicant, 'Your name').fill('Mia Bright');
  await field(applicant, 'Password').fill('a sentence that is easy to keep');
  await press(applicant, 'Accept the invitation');
  await applicant.waitForURL(/\/portal\//);
  await applicant.getByRole('link', { name: 'See the steps' }).click();
  await applicant.getByRole('link', { name: 'Make your first link' }).click();
  await field(applicant, 'Destination').fill('not an address');
  await press(applicant, 'Make link');
  await applicant.locator('[aria-invalid=true]').waitFor();
  await field(applicant, 'Destination').fill(`${shop}/`);
  await applicant.getByLabel(/^Code/).fill('bright');
  await press(applicant, 'Make link');
  await seen(applicant, '/r/bright');

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

  await applicant.goto(`${base}/portal/${partner}/earnings`);
  await press(applicant, 'Why?');
  await seen(applicant, 'Commission: 12.40');
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
  assert.deepEqual([...page.wrong, ...applicant.wrong], []);
  await applicant.context().close();
  await page.context().close();
});

test('a payout: the partner says where to, one asks, another approves, the partner has its statement', { timeout: 180_000 }, async () => {
  const { base } = story.server;
  const partner = await story.page('partner'), owner = await story.page('owner'), finance = await story.page('finance');
  await go(partner, `${base}${story.portal}/payouts`);
  await seen(partner, 'Tell us where to pay GBP.');
  await go(partner, `${base}${story.portal}/payout-details?new=1`);
  await field(partner, 'Account number').fill('12');
  await confirmed(partner, 'Save payout method', story.by('partner'));
  await partner.locator('[aria-invalid=true]').waitFor();
  await field(partner, 'Account number').fill('31926819');
  await press(partner, 'Save payout method');
  await seen(partner, 'It is paid to from');
  await go(partner, `${base}${story.portal}/payouts`);
  await seen(partner, 'The payout method is new.');
  story.server.sql('update app.payout_methods set usable_at = now()'); // three days later

  await go(owner, `${base}${story.console}/payouts?new=1`);
  await confirmed(owner, 'Begin the run', story.by('owner'));
  await owner.waitForURL(/\/payouts\/runs\/[0-9a-f-]{36}/);
  await seen(owner, 'another person has to approve it');
  await go(finance, owner.url());
  await press(finance, 'Approve');
  await finance.getByLabel('Send it at once').check();
  await confirmed(finance, 'Approve', story.by('finance'));
  await seen(finance, 'The run is sent');
  await finance.getByRole('button', { name: /^Action: / }).first().click();
  await finance.getByRole('menuitem', { name: 'Mark as paid' }).click();
  await finance.locator('dialog input').first().fill('BANK-1');
  await confirmed(finance, 'Mark as paid', story.by('finance'));
  await seen(finance, 'is paid');

  await go(partner, `${base}${story.portal}/payouts`);
  await seen(partner, 'Paid');
  await partner.locator('tbody th a').first().click();
  await seen(partner, 'Earnings in this payout');
  await go(partner, `${base}${story.portal}/statement`);
  const [file] = await Promise.all([partner.waitForEvent('download'), press(partner, 'Save as PDF')]);
  assert.equal(readFileSync(await file.path()).subarray(0, 5).toString(), '%PDF-');
  for (const page of [partner, owner, finance]) { assert.deepEqual(page.wrong, []); await page.context().close(); }
});

test('a material: staff write it, the partner finds it among the others and copies it with its own link and name', { timeout: 120_000 }, async () => {
  const { base } = story.server;
  const owner = await story.page('owner'), partner = await story.page('partner');
  await go(owner, `${base}${story.console}/materials?new=1`);
  await field(owner, 'Name').fill('For a short post');
  await field(owner, 'Text').fill('Gifts that last: {link}, says {partner}');
  await press(owner, 'Give it to partners');
  await seen(owner, 'Partners can use it now');
  await partner.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await go(partner, `${base}${story.portal}/materials`);
  await seen(partner, 'Banner, 1200 × 400');
  await partner.waitForFunction(() => [...document.querySelectorAll('main img')].some((one) => one.naturalWidth === 1200));
  await partner.locator('.materials > li', { hasText: 'For a short post' }).getByRole('button', { name: 'Copy the text' }).click();
  await seen(partner, 'Copied');
  assert.equal(await partner.evaluate(() => navigator.clipboard.readText()), `Gifts that last: ${base}/r/demo-netherlands, says Netherlands`);
  for (const page of [owner, partner]) { assert.deepEqual(page.wrong, []); await page.context().close(); }
});

test('who is invited by a partner reads its name on the form', async () => {
  const page = await openPage(story.browser, story.server.base);
  await page.goto(`${story.server.base}/apply/demo?by=netherlands`);
  await seen(page, 'Netherlands invited you.');
  await page.goto(`${story.server.base}/apply/demo?by=nobody-here`);
  await field(page, 'Contact person').waitFor();
  assert.equal(await page.getByText('invited you').count(), 0);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});

test('everyday tasks take as many acts as docs/task-times.md says', { timeout: 120_000 }, async () => {
  const { base } = story.server;
  let acts = 0;
  const act = async (locator) => { acts += 1; await locator.click(); };
  const since = () => { const made = acts; acts = 0; return made; };

  const partner = await story.page('partner');
  await go(partner, `${base}${story.portal}`);
  await act(partner.getByRole('button', { name: 'Why?' }).first());
  await partner.locator('dialog[open] .figure-value').waitFor();
  assert.equal(since(), 1, 'why, as a partner');

  const owner = await story.page('owner');
  await go(owner, `${base}${story.console}`);
  await act(owner.locator('main a[href*="/conversions/"]').first());
  await owner.waitForURL(/\/conversions\/[0-9a-f-]{36}/);
  await act(owner.getByRole('button', { name: 'Why?' }).first());
  await owner.locator('dialog[open] .figure-value').waitFor();
  assert.equal(since(), 2, 'why, as staff');

  const form = await (await fetch(`${base}/api/applications/demo`)).json();
  await new Promise((done) => setTimeout(done, 2_100)); // who is faster is a machine
  const sent = await fetch(`${base}/api/applications/demo`, { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ token: form.token, name: 'Quick Reads', contact_name: 'Ada', contact_email: 'ada@reads.example', answers: [{ key: 'audience', value: 'Readers' }, { key: 'size', value: 'more' }] }) });
  assert.equal(sent.status, 202);
  await go(owner, `${base}${story.console}`);
  await act(owner.getByRole('main').getByRole('link', { name: 'Quick Reads' }));
  await act(owner.getByRole('button', { name: 'Approve', exact: true }).first());
  await seen(owner, 'Quick Reads is approved');
  assert.equal(since(), 2, 'approve an application');
  await owner.context().close();
  await partner.context().close();
});

test('two tabs: what one makes the other shows, and it is not made twice', async () => {
  const first = await story.page('partner');
  const second = await first.context().newPage();
  await go(first, `${story.server.base}${story.portal}/links?new=1`);
  await go(second, `${story.server.base}${story.portal}/links?new=1`);
  for (const page of [first, second]) {
    await field(page, 'Destination').fill('https://shop.example/');
    await page.getByLabel(/^Code/).fill('two-tabs');
  }
  await press(first, 'Make link');
  await seen(first, '/r/two-tabs');
  await press(second, 'Make link');
  await seen(second, 'This code is in use');
  await second.keyboard.press('Escape');
  await second.reload();
  await seen(second, '/r/two-tabs');
  await first.context().close();
});

test('a slow line: the page says that it loads, then shows what came', async () => {
  const page = await story.page('partner');
  await page.route('**/api/payouts?*', async (route) => { await new Promise((done) => setTimeout(done, 2_000)); await route.continue(); });
  await page.goto(`${story.server.base}${story.portal}/payouts`);
  await page.locator('[aria-busy=true], .skel').first().waitFor();
  await settled(page);
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
  await page.waitForURL((url) => url.pathname.endsWith('/coupons'));
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

test('two people change the same setting: who comes second reads both, and nothing is lost unseen', { timeout: 60_000 }, async () => {
  const first = await story.page('owner');
  const second = await first.context().newPage();
  for (const page of [first, second]) await go(page, `${story.server.base}${story.console}/settings`);
  await field(first, 'Name').fill('A gift shop');
  await press(first, 'Save');
  await seen(first, 'Saved');
  await field(second, 'Name').fill('The gift shop');
  await press(second, 'Save');
  await second.locator('dialog').getByLabel('Name').selectOption('theirs');
  await press(second, 'Keep these');
  await second.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await field(second, 'Name').inputValue(), 'A gift shop');
  await first.context().close();
});
