import { describe, expect, it } from 'vitest';
import { Problem } from './api/problem';
import { forEachRow } from './each';

const slot = (row: number) => `hold ${row}`;

describe('one call for each row', () => {
  it('calls each once, three at a time', async () => {
    const seen: number[] = [];
    let under = 0, most = 0, answers = 0;
    const refused = await forEachRow([1, 2, 3, 4, 5, 6, 7], slot, async (row) => {
      most = Math.max(most, ++under);
      await Promise.resolve();
      seen.push(row);
      under -= 1;
    }, new Map(), () => { answers += 1; });
    expect(refused).toEqual([]);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([most, answers]).toEqual([3, 7]);
  });

  it('goes on behind a refusal and gives it back with its reason', async () => {
    const no = new Problem(409, 'state', 'No');
    const refused = await forEachRow([1, 2, 3], slot, (row) => (row === 2 ? Promise.reject(no) : Promise.resolve()), new Map(), () => undefined);
    expect(refused).toEqual([{ row: 2, error: no }]);
  });

  it('asks for a lost answer with the same key, and anew behind a refusal', async () => {
    const keys = new Map<string, string>();
    const used: Record<number, string[]> = { 1: [], 2: [], 3: [] };
    const lost = new Problem(0, 'network', 'Lost'), no = new Problem(409, 'state', 'No');
    const call = (row: number, key: string) => { used[row]?.push(key); return row === 1 ? Promise.reject(lost) : row === 2 ? Promise.reject(no) : Promise.resolve(); };
    await forEachRow([1, 2, 3], slot, call, keys, () => undefined);
    await forEachRow([1, 2, 3], slot, call, keys, () => undefined);
    expect(new Set(used[1]).size).toBe(1);
    expect(new Set(used[2]).size).toBe(2);
    expect(new Set(used[3]).size).toBe(2);
  });
});
