// The first thing that each page is for, done by its people, and what the server keeps of it. What the journey, the lists and the
// keyboard play is not played again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { choose, confirmed, field, press, seen, submit } from './acts.mjs';
import { go, openPage } from './look.mjs';
import { call } from './server.mjs';
import { begin } from './story.mjs';

let story;
before(async () => { story = await begin({ whole: true }); });
after(() => story?.end());

const picture = { name: 'banner.png', mimeType: 'image/png', buffer: readFileSync(new URL('../../demo/banner.png', import.meta.url)) };
const get = (path, key) => call(story.server, 'GET', path, undefined, key);
const roots = { owner: () => story.console, finance: () => story.console, partner: () => story.portal, operator: () => '/console/tandem-platform' };

/** `path`: of the side of `who`. Nothing may go wrong on the way that the page does not tell. */
function act(name, who, path, play) {
  test(`${who}: ${name}`, { timeout: 90_000 }, async () => {
    const page = await story.page(who);
    await go(page, story.server.base + roots[who]() + (typeof path === 'function' ? path(story.ids) : path));
    await play(page, story.by(who)).catch(async (error) => { throw new Error(`${error.message}\n${await page.locator('dialog[open], main').last().innerText()}`); });
    assert.deepEqual(page.wrong, []);
    await page.context().close();
  });
}
const item = async (path, fits) => { const found = (await get(path)).items.find(fits); assert.ok(found, `nothing fitting in ${path}`); return found; };

// ------------------------------------------------------------------ partners

act('a partner is added', 'owner', '/partners?new=1', async (page) => {
  await field(page, 'Name').fill('Added by hand');
  await submit(page, 'Add partner');
  await seen(page, 'Added by hand was added');
  await item('/api/partners?q=Added', (one) => one.name === 'Added by hand');
});

act('a profile is changed', 'owner', ({ partner }) => `/partners/${partner}?edit=1`, async (page) => {
  await page.getByLabel(/^Contact person/).fill('Nele de Vries');
  await press(page, 'Save');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.equal((await get(`/api/partners/${story.ids.partner}`)).contact_name, 'Nele de Vries');
});

act('a note is kept', 'owner', ({ partner }) => `/partners/${partner}?tab=about`, async (page) => {
  await page.getByLabel(/^New note/).fill('Calls on Mondays.');
  await press(page, 'Keep note');
  await page.locator('main li', { hasText: 'Calls on Mondays.' }).waitFor();
});

act('a document is sent', 'partner', '/profile?document=1', async (page) => {
  await page.locator('dialog input[type=file]').setInputFiles(picture);
  await submit(page, 'Send document');
  await seen(page, 'is being checked');
});

act('a document is approved', 'owner', '/applications?tab=documents', async (page) => {
  await press(page, 'Approve');
  await page.locator('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
  await seen(page, 'is approved');
  await item(`/api/partner-documents?partner_id=${story.ids.partner}`, (one) => one.state === 'approved');
});

act('a form of application asks one thing more', 'owner', '/settings?tab=application', async (page) => {
  await press(page, 'Add a question');
  await page.getByLabel(/^Question \d/).last().fill('How did you hear of us?');
  await press(page, 'Save');
  await seen(page, /saved/i);
  const form = await (await fetch(`${story.server.base}/api/applications/demo`)).json();
  assert.ok(JSON.stringify(form).includes('How did you hear of us?'));
});

// ------------------------------------------------------------------ deals, links, coupons

act('a deal is written and put in force', 'owner', '/deals/new', async (page) => {
  await choose(page, 'Partner', 'Belgium');
  await field(page, 'Name of the deal').fill('Twelve for Belgium');
  await field(page, 'Rate in %').fill('12');
  await press(page, 'Save as draft');
  await page.waitForURL(/\/deals\/[0-9a-f-]{36}/);
  await press(page, 'Put in force');
  await seen(page, 'Active');
  await item('/api/deals?state=active', (one) => one.name === 'Twelve for Belgium');
});

act('a template is made', 'owner', '/deals/templates?edit=new', async (page) => {
  await field(page, 'Name of the template').fill('The usual ten');
  await press(page, 'Save');
  await seen(page, 'The template is saved');
  await item('/api/deal-templates', (one) => one.name === 'The usual ten');
});

act('a coupon is made', 'owner', '/coupons?new=1', async (page) => {
  await choose(page, 'Partner', 'Netherlands');
  await field(page, 'Coupon code').fill('TULIP10');
  await press(page, 'Make coupon');
  await seen(page, 'The coupon is made');
  await item('/api/coupons', (one) => one.code === 'TULIP10');
});

act('a link is made for a partner', 'owner', '/links?new=1', async (page) => {
  await choose(page, 'Partner', 'Netherlands');
  await field(page, 'Destination').fill('https://shop.example/tulips');
  await press(page, 'Make link');
  await seen(page, 'The link is made');
  await item('/api/links', (one) => one.destination === 'https://shop.example/tulips');
});

// ------------------------------------------------------------------ people

act('a lead goes on', 'owner', ({ lead }) => `/leads/${lead}`, async (page) => {
  await press(page, 'Mark as contacted');
  await seen(page, 'The lead is now: Contacted');
  assert.equal((await get(`/api/leads/${story.ids.lead}`)).state, 'contacted');
});

act('a contact gets a phone', 'owner', ({ contact }) => `/contacts/${contact}`, async (page) => {
  await press(page, 'Edit');
  await page.locator('dialog').getByLabel(/^Phone/).fill('+44 20 7946 0000');
  await press(page, 'Save');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.equal((await get(`/api/contacts/${story.ids.contact}`)).phone, '+442079460000');
});

// ------------------------------------------------------------------ money

act('the report of a month is taken along', 'owner', '/analytics?from=2011-03-01&to=2011-04-01', async (page) => {
  const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Export CSV')]);
  assert.match(readFileSync(await file.path(), 'utf8'), /Netherlands/);
});

act('a statement is saved as PDF', 'owner', ({ partner }) => `/ledger/${partner}`, async (page) => {
  const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Save as PDF')]);
  assert.equal(readFileSync(await file.path()).subarray(0, 5).toString(), '%PDF-');
});

act('a claim is taken up and accepted', 'owner', ({ claim }) => `/claims?claim=${claim}`, async (page, person) => {
  await press(page, 'Take up');
  await seen(page, 'The claim is under review');
  await press(page, 'Accept');
  await page.getByLabel(/^Amount/).fill('12.40');
  await page.getByLabel(/^Reason/).fill('The order was found.');
  await confirmed(page, 'Accept', person);
  await seen(page, 'The claim is accepted');
  await item(`/api/earnings?partner_id=${story.ids.partner}`, (one) => one.amount === 1240);
});

act('a payee form is approved', 'owner', '/payouts?tab=forms', async (page, person) => {
  await page.getByText('Netherlands BV').first().click();
  await submit(page, 'Approve');
  await confirmed(page, 'Approve', person);
  await seen(page, 'is approved');
  await item(`/api/payee-forms?partner_id=${story.ids.partner}`, (one) => one.state === 'approved');
});

/** A sale to the partner itself, and the signal that it gives. */
async function ownOrder(number) {
  story.server.sql("update app.partners set contact_email = 'nele@tulips.example' where slug = 'netherlands'");
  const { lead_id } = await call(story.server, 'POST', '/api/leads', { email: 'nele@tulips.example', partner_code: story.server.keys.link });
  await call(story.server, 'POST', '/api/conversions', { external_id: number, kind: 'sale', amount: { amount: 10_000, currency: 'GBP' }, lead_id, occurred_at: new Date().toISOString() });
  return item('/api/risk-signals?state=open', () => true);
}

act('a signal of risk is dismissed', 'owner', '', async (page, person) => {
  await ownOrder('own-order');
  await go(page, `${story.server.base}${story.console}/risk`);
  await page.locator('tbody th a, tbody th button').first().click();
  await press(page, 'Dismiss');
  await page.locator('dialog').last().locator('textarea, input').last().fill('A present for her mother.');
  await confirmed(page, 'Dismiss', person);
  await seen(page, 'The signal is dismissed');
  await item('/api/risk-signals', (one) => one.state === 'dismissed');
});

act('a partner appeals', 'partner', '', async (page) => {
  const { id } = await ownOrder('own-order-2');
  await call(story.server, 'POST', `/api/risk-signals/${id}/confirmation`, { reason: 'The same person.' });
  await go(page, `${story.server.base}${story.portal}/reviews`);
  await press(page, 'A purchase of your own');
  await submit(page, 'Appeal');
  await page.getByLabel(/^What speaks against it/).fill('It was for a customer who has no card.');
  await submit(page, 'Send the appeal');
  await seen(page, 'The appeal was sent');
});

act('another person accepts the appeal', 'finance', '/risk?appeal=filed', async (page, person) => {
  await page.locator('tbody th a, tbody th button').first().click();
  await submit(page, 'Accept the appeal');
  await page.locator('dialog').last().locator('textarea, input').last().fill('The invoice shows it.');
  await confirmed(page, 'Accept the appeal', person);
  await seen(page, 'The appeal is accepted');
});

act('a payee form is sent', 'partner', '/payout-details?form=1', async (page, person) => {
  await page.getByLabel(/^Legal name/).fill('Nele de Vries');
  await page.getByLabel(/^Country/).first().fill('NL');
  await confirmed(page, 'Send payee form', person);
  await seen(page, 'The form was sent');
  await item(`/api/payee-forms?partner_id=${story.ids.partner}`, (one) => one.legal_name === 'Nele de Vries');
});

// ------------------------------------------------------------------ the house

act('an endpoint tells its secret once', 'owner', '/inbound?new=1', async (page, person) => {
  await field(page, 'Name').fill('The till');
  await confirmed(page, 'Make endpoint', person);
  await page.getByText(/whsec_/).first().waitFor();
  await item('/api/inbound-endpoints', (one) => one.name === 'The till');
});

act('a key is made and works', 'owner', '/keys?new=1', async (page, person) => {
  await field(page, 'Name').fill('Reports');
  await confirmed(page, 'Make key', person);
  const key = await page.getByText(/^tdm_live_[\w-]{40,}$/).first().innerText(); // a list has its beginning alone
  assert.equal((await fetch(`${story.server.base}/api/partners?limit=1`, { headers: { authorization: `Bearer ${key}` } })).status, 200);
});

act('a site key is made', 'owner', '/keys?tab=site&new=1', async (page, person) => {
  await field(page, 'Name').fill('The blog');
  await page.getByLabel(/^Allowed origins/).fill('https://blog.example');
  await confirmed(page, 'Make key', person);
  await item('/api/site-keys', (one) => one.name === 'The blog');
});

act('a colleague is invited', 'owner', '/members?new=1', async (page, person) => {
  await field(page, 'E-mail').fill('colleague@demo.example');
  await confirmed(page, 'Send the invitation', person);
  await seen(page, 'The invitation is on its way to colleague@demo.example');
  assert.match(await story.server.mailed('colleague@demo.example', /\/invitation\/\S+/), /invitation/);
});

act('the audit is searched', 'owner', '/audit', async (page) => {
  await page.getByLabel('Search Audit log').fill('post_leads');
  await page.waitForURL(/q=post_leads/);
  // The rows of before stay until those that were asked for are here.
  await page.waitForFunction(() => {
    const acts = [...document.querySelectorAll('tbody th')].map((one) => one.innerText);
    return acts.length > 0 && acts.every((one) => one === 'post_leads');
  });
});

act('a logo is sent', 'owner', '/settings?tab=brand', async (page, person) => {
  await page.locator('input[type=file]').setInputFiles(picture);
  await seen(page, 'The logo is saved');
  await page.waitForFunction(() => [...document.querySelectorAll('main img')].some((one) => one.naturalWidth > 0));
  await confirmed(page, 'Take it off', person);
  await seen(page, 'No logo yet');
});

act('a rule of risk tells only', 'owner', '/settings?tab=risk', async (page, person) => {
  const telling = async () => (await get('/api/risk-rules')).rules.filter((one) => one.action === 'signal').length;
  const already = await telling();
  await page.locator('main select').first().selectOption({ label: 'Tells only' });
  await confirmed(page, 'Save', person);
  await seen(page, /saved/i);
  assert.equal(await telling(), already + 1);
});

act('a payer of SEPA files is kept', 'owner', '/settings?tab=payouts&rail=sepa', async (page, person) => {
  await field(page, 'Name of the payer').fill('Gift Shop Ltd');
  await page.locator('dialog').getByLabel(/^Account/).fill('DE89370400440532013000');
  await page.locator('dialog').getByLabel(/^BIC/).fill('COBADEFFXXX');
  await confirmed(page, 'Save', person);
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.ok(JSON.stringify(await get('/api/rail-accounts')).includes('Gift Shop Ltd'));
});

act('the rate of a day is read', 'owner', '/rates', async (page) => {
  story.server.sql("insert into app.exchange_rates (id, source, base, quote, effective_on, rate, revision, is_suspect, fetched_at, payload_sha256) values (gen_random_uuid(), 'ecb', 'EUR', 'GBP', current_date, 0.85, 1, false, now(), '')");
  await page.getByLabel('One unit of').fill('EUR');
  await seen(page, /0\.85/);
});

act('one’s name is changed', 'finance', '/account', async (page) => {
  await field(page, 'Your name').fill('Fin Ance');
  await press(page, 'Save');
  await seen(page, /saved/i);
  await page.reload();
  await page.waitForFunction(() => [...document.querySelectorAll('main input')].some((one) => one.value === 'Fin Ance'));
});

// ------------------------------------------------------------------ the portal

act('the profile says who to ask', 'partner', '/profile?edit=1', async (page) => {
  await page.getByLabel(/^Website/).fill('https://tulips.example');
  await press(page, 'Save');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.equal((await get(`/api/partners/${story.ids.partner}`)).website, 'https://tulips.example');
});

act('a teammate is invited', 'partner', '/members?new=1', async (page, person) => {
  await field(page, 'E-mail').fill('mate@tulips.example');
  await confirmed(page, 'Send the invitation', person);
  await seen(page, 'The invitation is on its way to mate@tulips.example');
});

act('a key of the partner is made', 'partner', '/keys?new=1', async (page, person) => {
  await field(page, 'Name').fill('My blog');
  await confirmed(page, 'Make key', person);
  await page.getByText(/tdm_live_/).first().waitFor();
});

act('the invitation for others is copied', 'partner', '/sub-partners', async (page) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: /^Copy/ }).first().click();
  await seen(page, 'Copied');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\/apply\/demo\?by=netherlands$/);
});

act('a month’s performance is taken along', 'partner', '/performance?from=2011-03-01&to=2011-04-01', async (page) => {
  const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Export CSV')]);
  assert.match(readFileSync(await file.path(), 'utf8'), /"GBP",.*"2241649","0","112083"/); // GBP 22,416.49 and its 5 %, an invoice at a time
});

// ------------------------------------------------------------------ the platform, and who is not signed in

act('an access is opened with a reason, and ended', 'operator', '/accesses?new=1', async (page, person) => {
  await field(page, 'Short name of the organization').fill('demo');
  await page.getByLabel(/^Reason/).fill('A partner wrote about a payout.');
  await confirmed(page, 'Open access', person);
  await seen(page, 'is open');
  await go(page, `${story.server.base}/console/tandem-platform/accesses`);
  await press(page, 'End');
  await seen(page, 'The access was ended');
});

act('the platform’s statement is taken along', 'operator', '/statement', async (page) => {
  const [file] = await Promise.all([page.waitForEvent('download'), press(page, 'Export CSV')]);
  assert.match(readFileSync(await file.path(), 'utf8'), /GBP/);
});

test('who forgot the password sets another by mail', { timeout: 60_000 }, async () => {
  const page = await openPage(story.browser, story.server.base);
  const { email } = story.by('finance');
  await page.goto(`${story.server.base}/reset`);
  await field(page, 'E-mail').fill(email);
  await press(page, 'Send the link');
  await seen(page, 'Look into your mail');
  await page.goto(await story.server.mailed(email, /\/reset\/\S+/));
  await field(page, 'New password').fill('another sentence that is easy to keep');
  await press(page, 'Save the password');
  await seen(page, 'The password is saved');
  await page.goto(`${story.server.base}/signin`);
  await field(page, 'E-mail').fill(email);
  await field(page, 'Password').fill('another sentence that is easy to keep');
  await press(page, 'Sign in');
  await page.waitForURL(/\/console\/demo/);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
