// Packs what vite built into one file and an assembler source that takes it into the server (src/app/web.cpp reads it):
// a head of lines "name, type, offset and length of the plain, brotli and gzip bytes", an empty line, then the bytes.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = process.argv[2];
const types = {
  '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json', '.png': 'image/png',
};
const files = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? (name === '.vite' ? [] : files(path)) : [path];
});

const parts = [];
let at = 0;
const put = (bytes) => {
  const place = `${at}\t${bytes.length}`;
  parts.push(bytes);
  at += bytes.length;
  return place;
};
const lines = new Map();
for (const bundle of ['app', 'public']) {
  for (const file of files(join(out, bundle))) {
    const type = types[extname(file)];
    if (!type) throw new Error(`pack: no content type for ${file}`);
    const plain = readFileSync(file);
    const isPage = extname(file) === '.html';
    const name = isPage ? `@${file.split('/').pop().replace('.html', '')}` : relative(join(out, bundle), file);
    if (lines.has(name)) continue; // the same hash is the same content
    const isPacked = isPage || extname(file) === '.woff2' || plain.length < 256;
    const brotli = isPacked ? Buffer.alloc(0)
      : brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
    const gzip = isPacked ? Buffer.alloc(0) : gzipSync(plain, { level: 9 });
    lines.set(name, [name, type, put(plain), put(brotli), put(gzip)].join('\t'));
  }
}
const head = Buffer.from(`${[...lines.values()].join('\n')}\n\n`);
writeFileSync(join(out, 'web.pack'), Buffer.concat([head, ...parts]));
writeFileSync(join(out, 'web.s'), `  .section .rodata
  .global tandem_web_begin
  .global tandem_web_end
  .balign 16
tandem_web_begin:
  .incbin "${join(out, 'web.pack')}"
tandem_web_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
`);
