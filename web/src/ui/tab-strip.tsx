// Tabs are links side by side. Where they do not fit they scroll, and the chosen one is in sight, also when the room for
// them changes.
import { useLayoutEffect, useRef, type ReactNode } from 'react';

/** `current`: the id of the chosen one, whose link has `aria-current`. */
export function TabStrip({ label, current, children }: { label: string; current: string | undefined; children: ReactNode }) {
  const ref = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const strip = ref.current;
    if (!strip) return;
    // Told once when it begins, before anything is painted, and whenever the strip's width changes.
    const observer = new ResizeObserver(() => {
      const tab = strip.querySelector('[aria-current]');
      if (!tab) return;
      const outer = strip.getBoundingClientRect(), inner = tab.getBoundingClientRect();
      strip.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
    });
    observer.observe(strip);
    return () => observer.disconnect();
  }, [current]);
  return <nav ref={ref} className="tabs" aria-label={label}>{children}</nav>;
}
