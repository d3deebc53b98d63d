// Routes of console and portal: one tree a side, every page in a chunk of its own, filters as plain search parameters.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type RouteComponent } from '@tanstack/react-router';
import { parseSearch, printSearch } from './url-state';

type Load = () => Promise<Record<string, RouteComponent>>;

/** A page that failed to load is one of an older version: the app is loaded anew, once. */
export function reloadOnStaleChunk() {
  addEventListener('vite:preloadError', (event) => {
    if (sessionStorage.getItem('reloaded') === location.href) return;
    sessionStorage.setItem('reloaded', location.href);
    event.preventDefault();
    location.reload();
  });
}

export function makeRouter(side: 'console' | 'portal', frame: RouteComponent, chooser: RouteComponent, notFound: RouteComponent, pages: Record<string, [Load, string]>) {
  const root = createRootRoute({ notFoundComponent: notFound });
  const inside = createRoute({ getParentRoute: () => root, path: `/${side}/$slug`, component: frame, notFoundComponent: notFound });
  const children = Object.entries(pages).map(([path, [load, name]]) => createRoute({
    getParentRoute: () => inside, path: path === '' ? '/' : path, component: lazyRouteComponent(load as never, name as never),
  }));
  const start = createRoute({ getParentRoute: () => root, path: `/${side}`, component: chooser });
  return createRouter({
    routeTree: root.addChildren([start, inside.addChildren(children)]), parseSearch, stringifySearch: printSearch as never,
    defaultPreload: false, scrollRestoration: true, defaultNotFoundComponent: notFound,
  });
}
