// Ctrl K: pages, actions and records by name, e-mail or code.
import { useTexts } from '../lib/i18n';
import { Combobox, type Choice } from './combobox';
import { Modal } from './overlay';

export default function Palette({ search, onPick, onClose }: { search: (text: string) => Promise<Choice[]>; onPick: (choice: Choice) => void; onClose: () => void }) {
  const { t } = useTexts();
  return (
    <Modal className="palette" label={t('search')} onClose={onClose}>
      <Combobox inline autoFocus label={t('searchEverything')} placeholder={t('searchEverything')} searchKey="palette" search={search} onPick={(choice) => { onClose(); onPick(choice); }} />
    </Modal>
  );
}
