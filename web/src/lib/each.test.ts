import { describe, expect, it } from 'vitest';
import { Problem } from './api/problem';
import { forEachRow } from './each';

const slot = (row: number) => `hold ${row}`;

describe('one call for each row', () => {
  it('calls each once, three at a time', async () => {
    const seen: number[] = [];
    let under = 0, most = 0, answers = 0;
    const { refused, left } = await forEachRow([1, 2, 3, 4, 5, 6, 7], { slot, keys: new Map(), onAnswer: () => { answers += 1; }, call: async (row) => {
      most = Math.max(most, ++under);
      await Promise.resolve();
      seen.push(row);
      under -= 1;
    } });
    expect([refused, left]).toEqual([[], []]);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([most, answers]).toEqual([3, 7]);
  });

  it('goes on behind a refusal and gives it back with its reason', async () => {
    const no = new Problem(409, 'state', 'No');
    const { refused } = await forEachRow([1, 2, 3], { slot, keys: new Map(), onAnswer: () => undefined, call: (row) => (row === 2 ? Promise.reject(no) : Promise.resolve()) });
    expect(refused).toEqual([{ row: 2, error: no }]);
  });

  it('asks for a lost answer with the same key, and anew behind a refusal', async () => {
    const keys = new Map<string, string>();
    const used: Record<number, string[]> = { 1: [], 2: [], 3: [] };
    const lost = new Problem(0, 'network', 'Lost'), no = new Problem(409, 'state', 'No');
    const call = (row: number, key: string) => { used[row]?.push(key); return row === 1 ? Promise.reject(lost) : row === 2 ? Promise.reject(no) : Promise.resolve(); };
    await forEachRow([1, 2, 3], { slot, call, keys, onAnswer: () => undefined });
    await forEachRow([1, 2, 3], { slot, call, keys, onAnswer: () => undefined });
    expect(new Set(used[1]).size).toBe(1);
    expect(new Set(used[2]).size).toBe(2);
    expect(new Set(used[3]).size).toBe(2);
  });

  it('waits when the server asks to, with the same key, and counts no refusal', async () => {
    const used: string[] = [];
    const busy = new Problem(429, 'too_many_requests', 'Wait', '', [], null, 0.001);
    const { refused } = await forEachRow([1], { slot, keys: new Map(), onAnswer: () => undefined, call: (_, key) => { used.push(key); return used.length < 3 ? Promise.reject(busy) : Promise.resolve(); } });
    expect(refused).toEqual([]);
    expect([used.length, new Set(used).size]).toEqual([3, 1]);
  });

  it('stops before the next row and says which it did not come to', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const { refused, left } = await forEachRow([1, 2, 3, 4, 5], { slot, keys: new Map(), onAnswer: () => undefined, stop: stop.signal, call: async (row) => { seen.push(row); await Promise.resolve(); stop.abort(); } });
    expect(refused).toEqual([]);
    expect(seen).toEqual([1, 2, 3]);
    expect(left).toEqual([4, 5]);
  });
});
