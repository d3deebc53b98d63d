// Every page of the routers is among those that the end-to-end suite looks at (e2e/pages.mjs), and every one of those,
// but the one that is to be nowhere, is a page.
import { readFileSync } from 'node:fs';
import { consolePages, operatorPages, portalPages } from '../e2e/pages.mjs';

const routes = (side) => [...readFileSync(new URL(`../src/${side}/routes.tsx`, import.meta.url), 'utf8').matchAll(/^ {2}'?([\w$/-]*)'?: \[\(\) => import/gm)].map((one) => one[1]);
const anything = new Proxy({}, { get: () => 'id' });
const looked = (pages) => new Set(pages.map((path) => path.split('?')[0].replace(/^\//, '')));
const isRoute = (route, path) => new RegExp(`^${route.replace(/\$\w+/g, '[^/]+')}$`).test(path);

const wrong = [];
for (const [side, pages] of [['console', [...consolePages(anything), ...operatorPages]], ['portal', portalPages(anything)]]) {
  const all = routes(side), seen = [...looked(pages)];
  if (all.length < 10) wrong.push(`${side}: the routes are not understood`);
  // A page of one's own name is not seen by looking at one with an id in its place.
  for (const route of all) if (!seen.some((path) => isRoute(route, path) && !all.some((other) => other !== route && other === path))) wrong.push(`${side}: e2e/pages.mjs does not look at /${route}`);
  for (const path of seen) if (path !== 'nowhere' && !all.some((route) => isRoute(route, path))) wrong.push(`${side}: /${path} is no page`);
}
for (const line of wrong) console.error(line);
if (wrong.length === 0) console.log('every page of the routers is looked at');
process.exit(wrong.length > 0 ? 1 : 0);
