// Lists as people work with them: a view under a name, many rows at once by keys, a job that is run again, and a long form that
// survives a reload.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { go } from './look.mjs';
import { call } from './server.mjs';
import { begin } from './story.mjs';

let story, page;
before(async () => {
  story = await begin();
  // The holds of long ago end one batch after the other.
  while ((await call(story.server, 'GET', '/api/earnings?state=pending&limit=1')).items.length > 0) await new Promise((done) => setTimeout(done, 500));
  page = await story.page('owner');
});
after(() => story?.end());

const open = (path) => go(page, `${story.server.base}${story.console}${path}`);
const button = (name) => page.getByRole('button', { name, exact: true });

test('a view is kept under a name, shows the same screen again, is changed and deleted', { timeout: 120_000 }, async () => {
  await open('/earnings?state=due&sort=occurred_at');
  await button('Save this view').click();
  await page.waitForSelector('dialog input');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'INPUT', 'the name has the focus');
  await page.getByLabel('Name', { exact: true }).fill('Due, oldest first');
  await page.getByLabel('Everybody sees it').check();
  await button('Save').click();
  await page.getByRole('link', { name: 'Due, oldest first' }).waitFor();
  await open('/earnings');
  await page.getByRole('link', { name: 'Due, oldest first' }).click();
  await page.waitForURL(/state=due/);
  assert.match(page.url(), /sort=occurred_at/);
  await page.locator('.tab[aria-current]', { hasText: 'Due, oldest first' }).waitFor();
  const [kept] = (await call(story.server, 'GET', '/api/saved-views?page=earnings')).items;
  assert.equal(kept.is_shared, true);
  await button('View Due, oldest first').click();
  await page.getByRole('menuitem', { name: 'Rename or share' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Oldest due');
  await button('Save').click();
  await page.getByRole('link', { name: 'Oldest due' }).waitFor();
  await button('View Oldest due').click();
  await page.getByRole('menuitem', { name: 'Delete the view' }).click();
  await button('Delete the view').click();
  await page.getByRole('link', { name: 'Oldest due' }).waitFor({ state: 'detached' });
  assert.deepEqual((await call(story.server, 'GET', '/api/saved-views?page=earnings')).items, []);
});

test('rows are chosen by keys and held together; what cannot be is left out', { timeout: 120_000 }, async () => {
  await open('/earnings?state=due');
  for (const key of ['j', 'x', 'j', 'x', 'k', 'j']) await page.keyboard.press(key);
  await page.getByText('2 rows chosen').waitFor();
  assert.equal(await button('Release').getAttribute('aria-disabled'), 'true');
  await button('Hold for review').click();
  await page.getByLabel('Reason').fill('Looks odd');
  await page.locator('dialog').getByRole('button', { name: 'Hold for review' }).click();
  await page.getByText('2 rows are done').waitFor();
  assert.equal((await call(story.server, 'GET', '/api/earnings?state=held')).items.length, 2);
  await open('/earnings?state=held');
  await page.keyboard.press('Shift+X');
  await button('Release').click();
  await page.locator('dialog').getByRole('button', { name: 'Release' }).click();
  await page.getByText('2 rows are done').waitFor();
  assert.equal((await call(story.server, 'GET', '/api/earnings?state=held')).items.length, 0);
});

/** A day whose earnings fill more than a page and are still few; before the change to summer time, so its hours are UTC's. */
async function busyDay() {
  for (let day = 1; day < 25; day += 1) {
    const at = (n) => `2011-03-${String(n).padStart(2, '0')}`;
    const query = `from=${at(day)}T00:00:00Z&to=${at(day + 1)}T00:00:00Z&limit=200`;
    const { items } = await call(story.server, 'GET', `/api/earnings?state=due&sort=-occurred_at&${query}`);
    const earned = items.filter((one) => one.amount > 0);
    if (earned.length > 55 && earned.length < 100) return { items, earned, days: `from=${at(day)}&to=${at(day + 1)}`, query };
  }
  throw new Error('no day has so many');
}

test('all that match are counted, chosen beyond the page, and exactly those are done', { timeout: 180_000 }, async () => {
  const { items, earned, days, query } = await busyDay();
  const held = async () => (await call(story.server, 'GET', `/api/earnings?state=held&${query}`)).items.length;
  await open(`/earnings?state=due&${days}`);
  await page.keyboard.press('Shift+X');
  await page.getByText('50 rows chosen').waitFor();
  await button(`Choose all ${items.length} that match`).click();
  await page.getByText(`${items.length} rows chosen`).waitFor();
  // One is taken out again and stays as it was; what was taken back is left out, for it goes with what it was taken back of.
  await page.locator(`tr[data-row="${earned[0].id}"] input.choose`).uncheck();
  await page.getByText(`${items.length - 1} rows chosen`).waitFor();
  const count = earned.length;
  await button('Hold for review').click();
  await page.getByText(`Hold ${count - 1} earnings for review?`).waitFor();
  await page.getByLabel('Reason').fill('All of a day');
  await page.locator('dialog').getByRole('button', { name: 'Hold for review' }).click();
  await page.getByText(`${count - 1} rows are done`).waitFor({ timeout: 60_000 });
  assert.equal(await held(), count - 1);

  // Stopped on its way: what it did not come to stays as it was, and chosen.
  await open(`/earnings?state=held&${days}`);
  await page.keyboard.press('Shift+X');
  await button(`Choose all ${count - 1} that match`).click();
  await page.route('**/release**', async (route) => { await new Promise((done) => setTimeout(done, 150)); await route.continue(); });
  await button('Release').click();
  await page.locator('dialog').getByRole('button', { name: 'Release' }).click();
  await button('Stop').click();
  await page.getByText(/^Stopped: \d+ of \d+ are done/).waitFor();
  await page.unroute('**/release**');
  const left = await held();
  assert.ok(left > 0 && left < count - 1, `${left} are held`);
  await page.getByText(`${left} rows chosen`).waitFor();
  await button('Release').click();
  await page.locator('dialog').getByRole('button', { name: 'Release' }).click();
  await page.getByText(`${left} rows are done`).waitFor({ timeout: 60_000 });
  assert.equal(await held(), 0);
});

test('Enter opens the row that j went to', { timeout: 60_000 }, async () => {
  await open('/partners');
  await page.keyboard.press('j');
  const name = await page.evaluate(() => document.activeElement?.textContent);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/partners\/[0-9a-f-]{36}/);
  await page.getByRole('heading', { level: 1, name }).waitFor();
});

test('a job that failed is run again, and another is given up', { timeout: 120_000 }, async () => {
  const demo = "organization_id = (select organization_id from app.organizations where slug = 'demo')";
  story.server.sql(`update app.jobs set state = 'parked', attempts = 10, last_error = 'problem conflict' where id in (select id from app.jobs where ${demo} and state = 'done' order by id limit 2)`);
  await open('/jobs?state=parked');
  await page.getByText('problem conflict').first().waitFor();
  await page.locator('tbody tr').first().getByRole('button', { name: 'Run again' }).click();
  await page.getByText('The job runs again').waitFor();
  await page.locator('tbody tr').first().getByRole('button', { name: 'Give up' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Give up' }).click();
  await page.getByText('The job is given up').waitFor();
  assert.equal((await call(story.server, 'GET', '/api/jobs?state=cancelled')).items.length, 1);
});

test('a deal that is half written is there after a reload, until it is thrown away', { timeout: 120_000 }, async () => {
  page.on('dialog', (dialog) => void dialog.accept());
  await open('/deals/new');
  await page.getByLabel('Name of the deal').fill('Half a deal');
  await page.reload();
  await page.getByText('What you had typed is here again.').waitFor();
  assert.equal(await page.getByLabel('Name of the deal').inputValue(), 'Half a deal');
  await button('Throw it away').click();
  assert.equal(await page.getByLabel('Name of the deal').inputValue(), '');
  await page.reload();
  await page.getByLabel('Name of the deal').waitFor();
  assert.equal(await page.getByLabel('Name of the deal').inputValue(), '');
});

test('what would have been is told, and nothing is written', { timeout: 120_000 }, async () => {
  const { versions } = await call(story.server, 'GET', `/api/deals/${story.ids.deal}`);
  const [{ trigger, base, duration }] = versions.at(-1).terms;
  await call(story.server, 'PUT', `/api/deals/${story.ids.deal}/draft`, { terms: [{ trigger, method: 'percentage', rate_ppm: 100_000, base, duration }] });
  const earned = async () => (await call(story.server, 'GET', `/api/earnings?partner_id=${story.ids.partner}&limit=200`)).items.map((one) => [one.id, one.amount]);
  const then = await earned();
  await open(`/deals/${story.ids.deal}?from=2011-03-01&to=2011-04-01`);
  await page.getByText('+1,120.', { exact: false }).first().waitFor();
  assert.deepEqual(await earned(), then);
});
