// What stands in a material for the reader's own: filled in where it is shown.
import type { schemas } from '../../lib/api/schema';

export type Material = schemas['Material'];
export type Kind = Material['kind'];
export const kinds: Kind[] = ['text', 'link', 'logo', 'banner'];
export const isPicture = (kind: Kind) => kind === 'logo' || kind === 'banner';
/** Of a picture's file, in bytes. */
export const largestPicture = 5 * 1024 * 1024;

export interface Own { link: string; coupon: string; partner: string }

/** {link}, {coupon} and {partner} become the partner's own; what it does not have yet stays as it is written. */
export const fillText = (text: string, own: Own): string =>
  text.replace(/\{(link|coupon|partner)\}/g, (as, name: keyof Own) => own[name] || as);

/** Placeholders that the partner has nothing for yet. */
export const missingIn = (text: string, own: Own): (keyof Own)[] =>
  (['link', 'coupon', 'partner'] as const).filter((name) => text.includes(`{${name}}`) && !own[name]);

/** The page with the partner's code, as the tracking script reads it. */
export function withCode(destination: string, code: string): string {
  if (!URL.canParse(destination)) return destination;
  const url = new URL(destination);
  url.searchParams.set('ref', code);
  return url.href;
}
