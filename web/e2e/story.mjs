// One server, one browser and the people of the demo, for a whole test file.
import { launch } from './browser.mjs';
import { openPage } from './look.mjs';
import { call, cookiesOf, startServer } from './server.mjs';

/** `whole`: somebody was paid and somebody claims; a story that plays it begins without. */
export async function begin({ whole = false } = {}) {
  const server = await startServer();
  const browser = await launch();
  const by = (who) => server.logins.find((login) => login.who === { owner: 'staff, owner', finance: 'staff, finance', partner: 'partner, owner', operator: 'platform, operator' }[who]);
  const partner = (await call(server, 'GET', '/api/partners?q=netherlands')).items[0].id;
  const conversion = (await call(server, 'GET', `/api/conversions?partner_id=${partner}&limit=1`)).items[0].id;
  const earning = (await call(server, 'GET', `/api/earnings?conversion_id=${conversion}`)).items[0].id;
  const deal = (await call(server, 'GET', `/api/deals?partner_id=${partner}`)).items[0].id;
  const lead = (await call(server, 'POST', '/api/leads', { email: 'jane@client.example', name: 'Jane Client', partner_code: server.keys.link })).lead_id;
  const contact = (await call(server, 'GET', '/api/contacts?q=jane@client.example')).items[0].id;
  const ids = { partner, conversion, earning, deal, lead, contact, ...(whole ? { ...await payOut(server, partner), ...await claimed(server, partner) } : {}) };
  const cookies = new Map();
  return {
    server, browser, by, ids, console: '/console/demo', portal: `/portal/${partner}`,
    /** A page on which this person is signed in. */
    async page(who, options = {}) {
      if (who && !cookies.has(who)) cookies.set(who, await cookiesOf(server, by(who)));
      const page = await openPage(browser, server.base, options);
      if (who) await page.context().addCookies(cookies.get(who));
      return page;
    },
    async end() {
      await browser.close();
      await server.stop();
    },
  };
}

async function claimed(server, partner) {
  const { id: claim } = await call(server, 'POST', `/api/partners/${partner}/claims`, { kind: 'missing', order_reference: 'A-17', evidence: 'The buyer wrote to us.' }, 'partner_key');
  return { claim };
}

async function payOut(server, partner) {
  await call(server, 'POST', `/api/partners/${partner}/payout-methods`, { rail: 'bank', currency: 'GBP', holder_name: 'Netherlands BV', account: '31926819' });
  await call(server, 'POST', `/api/partners/${partner}/payee-forms`, { kind: 'business', legal_name: 'Netherlands BV', country: 'NL', tax_form: 'local' });
  server.sql('update app.payout_methods set usable_at = now()'); // three days later
  const { id: run } = await call(server, 'POST', '/api/payout-runs', { currency: 'GBP' });
  for (;;) {
    const [payout] = (await call(server, 'GET', `/api/payouts?payout_run_id=${run}`)).items;
    if (payout) return { run, payout: payout.id };
    await new Promise((done) => setTimeout(done, 200));
  }
}
