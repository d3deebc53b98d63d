// CSV of exactly what is shown: the same address with format=csv, fetched with the page's credentials.
import { address, send } from './api/client';

export async function downloadCsv(path: string, values: Record<string, unknown>, query: object, name: string) {
  const response = await send('GET', address(path, values, { ...query, format: 'csv' }));
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
