// One call for each of many rows, a few at a time. Each row keeps its Idempotency-Key until it is answered for good, so that a
// lost answer is asked for again and nothing happens twice.
import { newKey } from './api/client';
import { Problem } from './api/problem';

const width = 3;

export interface Refused<R> { row: R; error: unknown }

/** `slot` names what is done to which row; `keys` lives as long as one may try again. Gives the rows that were refused. */
export async function forEachRow<R>(rows: readonly R[], slot: (row: R) => string, call: (row: R, key: string) => Promise<unknown>, keys: Map<string, string>, onAnswer: () => void): Promise<Refused<R>[]> {
  const waiting = [...rows];
  const refused: Refused<R>[] = [];
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const name = slot(row);
      const key = keys.get(name) ?? newKey();
      keys.set(name, key);
      try {
        await call(row, key);
        keys.delete(name);
      } catch (error) {
        // A refusal is final for its key.
        if (error instanceof Problem && error.status >= 400 && error.status < 500) keys.delete(name);
        refused.push({ row, error });
      }
      onAnswer();
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return refused;
}
