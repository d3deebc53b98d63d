import { Download } from 'lucide-react';
import { useMutation } from '@tanstack/react-query';
import { download } from '../lib/download';
import { Button, useProblemText } from './basic';
import { toast } from './toast';

/** Saves a file of the API; what is refused is told. */
export function DownloadButton({ path, values = {}, query = {}, name, label, variant = 'secondary' }: {
  path: string; values?: Record<string, string>; query?: object; name: string; label: string; variant?: 'secondary' | 'ghost';
}) {
  const say = useProblemText();
  const save = useMutation({ mutationFn: () => download(path, values, query, name), onError: (error) => toast(say(error).title) });
  return <Button variant={variant} busy={save.isPending} onClick={() => save.mutate()}><Download size={16} aria-hidden />{label}</Button>;
}
