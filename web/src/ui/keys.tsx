import { useState } from 'react';
import { useTexts } from '../lib/i18n';
import { keysOn, setKeysOn } from '../lib/shortcuts';
import { CheckField } from './form';
import { Sheet } from './overlay';
import type { NavEntry } from './app';

/** What the keys do, and the switch for single letters. */
export default function Keys({ nav, onClose }: { nav: NavEntry[]; onClose: () => void }) {
  const { t } = useTexts();
  const [on, setOn] = useState(keysOn);
  const rows: [string, string][] = [
    ['Ctrl K', t('searchEverything')], ['?', t('keys')], ['/', t('key.search')], ['c', t('key.create')], ['e', t('exportCsv')], ['j k', t('key.rows')], ['Enter', t('key.open')], ['x', t('key.choose')], ['Shift X', t('chooseAll')],
    ...nav.filter((entry) => entry.key).map((entry): [string, string] => [`g ${entry.key}`, t(`nav.${entry.id}`)]),
  ];
  return (
    <Sheet title={t('keys')} onClose={onClose}>
      <div className="stack">
        <CheckField label={t('key.single')} checked={on} onChange={(value) => { setKeysOn(value); setOn(value); }} />
        <dl className="facts">{rows.map(([key, text]) => <div key={key} style={{ display: 'contents' }}><dt><kbd>{key}</kbd></dt><dd>{text}</dd></div>)}</dl>
      </div>
    </Sheet>
  );
}
