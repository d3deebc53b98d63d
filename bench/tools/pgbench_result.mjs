// One run of pgbench as JSON: pgbench_result.mjs OUTPUT LOG... (logs of `pgbench --log`, latency in microseconds).
import { readFileSync } from "node:fs";

const output = readFileSync(process.argv[2], "utf8");
const latencies = process.argv.slice(3).flatMap((file) =>
  readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => Number(line.split(" ")[2]) / 1000));
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
console.log(JSON.stringify({
  per_second: Number(/tps = ([\d.]+)/.exec(output)[1]), p50_ms: at(0.5), p99_ms: at(0.99),
  errors: Number(/failed transactions: (\d+)/.exec(output)?.[1] ?? 0),
}));
