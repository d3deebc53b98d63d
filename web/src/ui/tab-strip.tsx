// Tabs are links side by side. Where they do not fit they scroll, and the chosen one is in sight.
import { useLayoutEffect, useRef, type ReactNode } from 'react';

/** `current`: the id of the chosen one, whose link has `aria-current`. */
export function TabStrip({ label, current, children }: { label: string; current: string | undefined; children: ReactNode }) {
  const strip = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const tab = strip.current?.querySelector('[aria-current]');
    if (!strip.current || !tab) return;
    const outer = strip.current.getBoundingClientRect(), inner = tab.getBoundingClientRect();
    strip.current.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }, [current]);
  return <nav ref={strip} className="tabs" aria-label={label}>{children}</nav>;
}
