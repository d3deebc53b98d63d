import { encode } from 'uqr';
import { useMemo } from 'react';

/** A QR code as one path; black on white in both themes, because cameras want it so. */
export function Qr({ text, label }: { text: string; label: string }) {
  const { size, d } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: 0 });
    const parts: string[] = [];
    code.data.forEach((row, y) => row.forEach((dark, x) => { if (dark) parts.push(`M${x} ${y}h1v1h-1z`); }));
    return { size: code.size, d: parts.join('') };
  }, [text]);
  return <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges"><path d={d} fill="currentColor" /></svg>;
}
