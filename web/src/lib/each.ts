// One call for each of many rows, a few at a time. Each row keeps its Idempotency-Key until it is answered for good, so that a
// lost answer is asked for again and nothing happens twice.
import { newKey } from './api/client';
import { isPassing, Problem } from './api/problem';

const width = 3, triesMax = 5;

export interface Refused<R> { row: R; error: unknown }
export interface Each<R> {
  /** What is done to which row. */
  slot: (row: R) => string;
  call: (row: R, key: string) => Promise<unknown>;
  /** Lives as long as one may try again. */
  keys: Map<string, string>;
  onAnswer: () => void;
  /** Ends before the next row; what is under way is waited for. */
  stop?: AbortSignal;
}

const pause = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1_000));

/** Waits where the server asks to, instead of counting a row as refused. */
async function patiently(call: () => Promise<unknown>, stop: AbortSignal | undefined) {
  for (let tries = 1; ; tries += 1)
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || error.retryAfter === null || tries === triesMax || stop?.aborted) throw error;
      await pause(error.retryAfter);
    }
}

/** Gives the rows that were refused, and those that it did not come to because it was stopped. */
export async function forEachRow<R>(rows: readonly R[], { slot, call, keys, onAnswer, stop }: Each<R>): Promise<{ refused: Refused<R>[]; left: R[] }> {
  const waiting = [...rows];
  const refused: Refused<R>[] = [];
  const next = () => (stop?.aborted ? undefined : waiting.shift());
  const work = async () => {
    for (let row = next(); row !== undefined; row = next()) {
      const one = row;
      const name = slot(row);
      const key = keys.get(name) ?? newKey();
      keys.set(name, key);
      try {
        await patiently(() => call(one, key), stop);
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
  return { refused, left: waiting };
}
