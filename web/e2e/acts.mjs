// What people do on a page, in their words.

export const field = (page, label) => page.getByLabel(label, { exact: true });
export const press = (page, name) => page.getByRole('button', { name, exact: true }).first().click();
export const seen = (page, text) => page.getByText(text).first().waitFor({ timeout: 20_000 });

/** The button of the sheet or dialog that is open, the upper one of two, or of the page. */
async function button(page, name) {
  const within = (await page.locator('dialog[open]').count()) > 0 ? page.locator('dialog[open]').last() : page;
  return within.getByRole('button', { name, exact: true }).last();
}
export const submit = async (page, name) => (await button(page, name)).click();

/** Presses what asks for the password once more, where it does. */
export async function confirmed(page, name, { password }) {
  const verb = await button(page, name);
  const [answer] = await Promise.all([page.waitForResponse((response) => response.request().method() !== 'GET' && response.url().includes('/api/')), verb.click()]);
  if (answer.status() !== 403) return;
  await field(page, 'Password').fill(password);
  await press(page, 'Continue');
}

/** Chooses of what the server finds while one types. */
export async function choose(page, label, text) {
  await page.getByRole('combobox', { name: label }).fill(text);
  await page.getByRole('option', { name: text }).first().click();
}
