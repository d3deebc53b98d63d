// Makes the table of a run from its results, one JSON object a line: table.mjs RESULTS
// Medians over the runs; a ratio is of the medians. p50 and p99 are those of wrk, for pgbench of its log.
import { readFileSync } from "node:fs";

const lines = readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean);
const results = lines.map((line) => JSON.parse(line));
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const rounded = (value) => value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);

function measured(job, system) {
  const runs = results.filter((result) => result.job === job && result.system === system);
  if (!runs.length) return undefined;
  const of = (key) => median(runs.map((run) => run[key]).filter((value) => value !== undefined));
  return { rate: of("per_second"), p50: of("p50_ms"), p99: of("p99_ms"), runs: runs.length,
    errors: runs.reduce((sum, run) => sum + (run.errors ?? 0), 0) };
}
const cell = (m) => m === undefined ? "–" : `${rounded(m.rate)}` +
  (Number.isNaN(m.p99) ? "" : ` (${rounded(m.p50)}, ${rounded(m.p99)})`) + (m.errors ? ` **${m.errors} errors**` : "");
const ratio = (a, b) => a && b ? `${(a.rate / b.rate).toFixed(2)}×` : "–";

console.log("| job | Tandem | Fastify + pg | PostgreSQL (pgbench) | Tandem : peer | Tandem : PostgreSQL |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const job of [...new Set(results.map((result) => result.job))]) {
  const [tandem, peer, limit] = ["tandem", "peer", "pgbench"].map((system) => measured(job, system));
  const cells = [job, cell(tandem), cell(peer), cell(limit), ratio(tandem, peer), ratio(tandem, limit)];
  console.log(`| ${cells.join(" | ")} |`);
}
const runs = Math.max(...results.map((result) => result.run ?? 1));
console.log(`\nPer second (p50, p99 in ms); medians of ${runs} interleaved runs.`);
