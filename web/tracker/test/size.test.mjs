import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { asset, bundle } from "../build.mjs";

test("the script that the server embeds is current", async () => {
  assert.equal(await readFile(asset, "utf8"), await bundle(), "run: npm run build");
});

test("the script is under 2 kB compressed", async () => {
  const text = Buffer.from(await bundle());
  assert.ok(gzipSync(text).length < 2000, `gzip ${gzipSync(text).length}`);
  assert.ok(brotliCompressSync(text).length < 2000, `brotli ${brotliCompressSync(text).length}`);
});

test("the lock file names no address", async () => {
  const lock = await readFile(new URL("../package-lock.json", import.meta.url), "utf8");
  assert.ok(!lock.includes('"resolved"'));
});
