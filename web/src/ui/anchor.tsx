import { useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes } from 'react';

/** A link inside the app: a real address, followed without loading the page anew. */
export function A({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const router = useRouter();
  const warm = () => { void router.preloadRoute({ to: href.split('?')[0] as never }).catch(() => undefined); };
  return (
    // oxlint-disable-next-line jsx-a11y/anchor-has-content, jsx-a11y/mouse-events-have-key-events
    <a {...rest} href={href} onMouseEnter={warm} onFocus={warm} onClick={(event) => {
      onClick?.(event);
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      router.history.push(href);
    }} />
  );
}
