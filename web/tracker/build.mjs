// Builds src/t.ts to dist/t.js and to src/attribution/assets/t.js of the server, which embeds it.
import { build } from "esbuild";
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = new URL(".", import.meta.url);
export const asset = new URL("../../src/attribution/assets/t.js", here);

/** The minified script as the server sends it. */
export async function bundle() {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("src/t.ts", here))],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "es2018",
    charset: "utf8",
    legalComments: "none",
  });
  return result.outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await bundle();
  for (const target of [new URL("dist/t.js", here), asset]) {
    await mkdir(new URL(".", target), { recursive: true });
    await writeFile(target, text);
  }
  console.log(`t.js: ${Buffer.byteLength(text)} bytes`);
}
