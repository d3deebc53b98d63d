// Opens one page and tells what is wrong with it: refusals of the security policy, messages of the console, findings of
// axe, sideways scroll, text outside its box. Used by the suite and by the screenshots.
import { readFileSync } from 'node:fs';

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** A page of a fresh context in a language and theme, which remembers what goes wrong. */
export async function openPage(browser, base, { width = 1440, height = 900, locale = 'en', theme = 'light', cookies = [] } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', hasTouch: width < 640, locale: 'en-GB',
    // "HeadlessChrome" is a crawler to the server, and its visits rightly do not count.
    userAgent: `Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36` });
  const url = new URL(base);
  const cookie = (name, value) => ({ name, value, domain: url.hostname, path: '/' });
  await context.addCookies([cookie('locale', locale), cookie('theme', theme), ...cookies]);
  const page = await context.newPage();
  page.wrong = [];
  page.on('console', (message) => {
    // A refused call is logged by the browser itself; what the page says about it is looked at.
    if (['error', 'warning'].includes(message.type()) && !/Failed to load resource/.test(message.text())) page.wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.wrong.push(`error: ${error.message}`));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
  return page;
}

/** Goes there and waits until nothing loads any more. */
export async function go(page, url) {
  await page.goto(url, { waitUntil: 'load' });
  await settled(page);
}

export async function settled(page) {
  await page.waitForFunction(() => document.querySelector('main h1, main .empty, main [role=alert]') !== null, null, { timeout: 20_000 });
  await page.waitForFunction(() => document.querySelector('.skel, [aria-busy=true]') === null, null, { timeout: 20_000 }).catch(() => page.wrong.push('something loads for ever'));
  await drawn(page);
}

/** Two frames: the first lays out what was changed, the second comes after it was shown. */
const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

export async function setTheme(page, theme) {
  await page.evaluate((value) => { document.documentElement.dataset.theme = value; }, theme);
  await drawn(page);
}

/** What scrolls sideways, spills out of its box or is chosen out of sight. */
export async function spills(page) {
  await drawn(page);
  return page.evaluate(() => {
    const out = [];
    const wide = document.documentElement.scrollWidth - innerWidth;
    const name = (element) => `${element.tagName.toLowerCase()}.${[...element.classList].join('.')} "${(element.textContent ?? '').trim().slice(0, 40)}"`;
    const scrolls = (element) => { for (let one = element; one; one = one.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX)) return true; return false; };
    if (wide > 0) {
      const all = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !scrolls(one));
      out.push(`scrolls sideways by ${wide}: ${all.slice(0, 3).map(name).join('; ')}`);
    }
    for (const tab of document.querySelectorAll('.tabs > [aria-current]')) {
      const strip = tab.parentElement.getBoundingClientRect(), own = tab.getBoundingClientRect();
      if (own.left < strip.left - 1 || own.right > Math.max(strip.right, strip.left + own.width) + 1) out.push(`the chosen tab is out of sight: ${name(tab)}`);
    }
    for (const element of document.querySelectorAll('button, .badge, .card, .figure-value, .tab, h1, h2, td, th, label, .nav-link')) {
      if (element.closest('.sr') || element.clientWidth === 0) continue;
      const style = getComputedStyle(element);
      if (style.overflowX !== 'visible') continue;
      if (element.scrollWidth > element.clientWidth + 2 && !element.closest('.table-box, .chart')) out.push(`spills by ${element.scrollWidth - element.clientWidth}: ${name(element)}`);
    }
    return out.slice(0, 6);
  });
}

/** Everything that axe knows, or some of its rules. */
export async function accessibility(page, rules = null) {
  // Through the debugger: the page's own policy admits no foreign script.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const found = await page.evaluate((only) => window.axe.run(document, {
    resultTypes: ['violations'], runOnly: only ? { type: 'rule', values: only } : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }), rules);
  return found.violations.map((one) => `axe ${one.id}: ${one.nodes.length} × ${one.nodes.slice(0, 2).map((node) => `${node.target.join(' ')} ${node.html.slice(0, 120)}`).join(' | ')}`);
}
