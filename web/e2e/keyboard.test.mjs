// The portal's main story without a mouse: sign in, make a link, file a claim, open a payout's statement. On the way: what has
// the focus is marked, a dialog keeps it and gives it back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { go, openPage, settled } from './look.mjs';
import { begin } from './story.mjs';

let story;
before(async () => {
  story = await begin({ whole: true });
  await pay();
});
after(() => story?.end());

/** Another person than the run's maker approves and sends it: only then is there a statement. */
async function pay() {
  const page = await story.page('finance');
  await go(page, `${story.server.base}${story.console}/payouts/runs/${story.ids.run}`);
  await page.getByRole('button', { name: 'Approve', exact: true }).first().click();
  await page.getByLabel('Send it at once').check();
  await page.getByRole('button', { name: 'Approve', exact: true }).last().click();
  await page.getByText('The run is sent').first().waitFor();
  await page.context().close();
}

/** What has the focus: its name as it is read out, whether it is marked, and whether a dialog holds it. */
const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const label = at.labels?.[0]?.textContent ?? '';
  const style = getComputedStyle(at);
  return {
    name: (at.getAttribute('aria-label') ?? (label || at.textContent) ?? '').trim(), tag: at.tagName, inDialog: at.closest('dialog[open]') !== null,
    isMarked: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || (style.boxShadow !== 'none' && style.boxShadow !== ''),
  };
});

/** Tab until what is so called has the focus; everything on the way is marked. */
async function tabTo(page, name, key = 'Tab') {
  const passed = [];
  for (let steps = 0; steps < 90; steps += 1) {
    await page.keyboard.press(key);
    const at = await focused(page);
    if (!at) continue;
    passed.push(at.name);
    assert.ok(at.isMarked, `nothing shows that “${at.name}” (${at.tag}) has the focus`);
    if (name instanceof RegExp ? name.test(at.name) : at.name === name) return at;
  }
  assert.fail(`Tab never comes to ${name}: ${passed.join(' · ')}`);
}

/** The palette leads to a page by its name. */
async function goBy(page, name, heading = name) {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search pages and people' }).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Enter'); // at once: it takes what was typed, not what still stands there
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  await settled(page);
}

test('sign in, a link, a claim and a statement by keyboard alone', { timeout: 180_000 }, async () => {
  const { base } = story.server;
  const page = await openPage(story.browser, base);
  const person = story.by('partner');
  await page.goto(`${base}/signin?next=${encodeURIComponent(story.portal)}`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  if ((await focused(page))?.name !== 'E-mail') await tabTo(page, 'E-mail');
  await page.keyboard.type(person.email);
  await tabTo(page, 'Password');
  await page.keyboard.type(person.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/portal\//);
  await settled(page);

  // The first stop leads past the navigation.
  await page.keyboard.press('Tab');
  assert.equal((await focused(page))?.name, 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');

  await goBy(page, 'Links');
  const opener = await tabTo(page, 'New link');
  await page.keyboard.press('Enter');
  await page.locator('dialog[open]').waitFor();
  const first = await focused(page);
  assert.match(first.name, /^Destination/);
  for (const key of ['Tab', 'Shift+Tab']) {
    for (let steps = 0; steps < 12; steps += 1) {
      await page.keyboard.press(key);
      const at = await focused(page);
      assert.ok(at === null || at.inDialog, `${key} leaves the dialog for “${at?.name}”`);
    }
  }
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.equal((await focused(page))?.name, opener.name, 'the focus goes back to what opened the dialog');
  await page.keyboard.press('Enter');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.type('https://shop.example/by-keyboard');
  await tabTo(page, /^Code/);
  await page.keyboard.type('by-keyboard');
  await page.keyboard.press('Enter');
  await page.getByText('/r/by-keyboard').first().waitFor();
  await page.locator('dialog[open]').waitFor({ state: 'detached' });

  await goBy(page, 'Claims');
  await tabTo(page, 'File a claim');
  await page.keyboard.press('Enter');
  await page.locator('dialog[open]').waitFor();
  await tabTo(page, /^Order or invoice number/);
  await page.keyboard.type('ORDER-42');
  await tabTo(page, /^What speaks for it/);
  await page.keyboard.type('The customer came by my letter of Monday.');
  await tabTo(page, 'Send the claim');
  await page.keyboard.press('Enter');
  await page.getByText('ORDER-42').first().waitFor();
  await page.locator('dialog[open]').waitFor({ state: 'detached' });

  await goBy(page, 'Payouts');
  await tabTo(page, /^\d{1,2} \w{3} \d{4}/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/payouts\/[0-9a-f-]{36}/);
  await settled(page);
  await tabTo(page, 'Statement as PDF');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.match(file.suggestedFilename(), /^payout-.*\.pdf$/);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
});
