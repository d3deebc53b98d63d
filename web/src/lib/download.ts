// Files for the person: fetched with the page's credentials, saved under a name.
import { address, send } from './api/client';

export async function download(path: string, values: Record<string, unknown>, query: object, name: string) {
  const response = await send('GET', address(path, values, query));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** CSV of exactly what is shown: the same address with format=csv. */
export const downloadCsv = (path: string, values: Record<string, unknown>, query: object, name: string) =>
  download(path, values, { ...query, format: 'csv' }, `${name}.csv`);
