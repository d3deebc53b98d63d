// Terms in words; alone, or two versions side by side with what changes marked.
import { useTexts } from '../../../lib/i18n';
import type { schemas } from '../../../lib/api/schema';
import { Status } from '../../../ui/basic';
import { usePartnerNames } from '../../partners/parts/partner-name';
import { sharersOf, termWords, type AnyTerm } from '../model';

export function Terms({ terms }: { terms: AnyTerm[] }) {
  const { t, locale } = useTexts('deals');
  const nameOf = usePartnerNames(sharersOf(terms));
  return (
    <ol className="stack">{terms.map((term) => {
      const [first, ...rest] = termWords(term, t, locale, nameOf);
      return <li key={JSON.stringify(term)} className="stack tight"><strong>{first}</strong><ul className="quiet">{rest.map((line) => <li key={line}>{line}</li>)}</ul></li>;
    })}</ol>
  );
}

const tones = { same: 'archived', changed: 'pending', added: 'ok', removed: 'failed' } as const;

/** Each term as it is in force beside what it becomes. */
export function Comparison({ terms, version }: { terms: schemas['ComparedTerm'][]; version: number }) {
  const { t, locale } = useTexts('deals');
  const nameOf = usePartnerNames(sharersOf(terms.flatMap((one) => [one.before, one.after]).filter((term) => term !== null)));
  const lines = (term: AnyTerm | null) => (term ? termWords(term, t, locale, nameOf) : []);
  return (
    <ol className="stack">{terms.map((one) => {
      const before = lines(one.before), after = lines(one.after);
      return (
        <li key={JSON.stringify([one.before, one.after])} className="stack tight">
          <div><Status of={tones[one.change]} text={t(`change.${one.change}`)} /></div>
          <div className="grid">
            <section className="stack tight"><h3>{t('inForceVersion', { n: version })}</h3>{before.length === 0 ? <p className="faint">{t('notYet')}</p> : <ul>{before.map((line) => <li key={line}>{after.includes(line) ? line : <del className="negative">{line}</del>}</li>)}</ul>}</section>
            <section className="stack tight"><h3>{t('draft')}</h3>{after.length === 0 ? <p className="faint">{t('noMore')}</p> : <ul>{after.map((line) => <li key={line}>{before.includes(line) ? line : <ins className="up">{line}</ins>}</li>)}</ul>}</section>
          </div>
        </li>
      );
    })}</ol>
  );
}
