// Writes src/lib/api/schema.d.ts from docs/api/openapi.json. The document is ours, so only the constructs that it uses
// are known here; another one stops the build. The result is not checked in: it cannot be stale.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';

const root = new URL('../..', import.meta.url);
const document = JSON.parse(readFileSync(new URL('docs/api/openapi.json', root), 'utf8'));
const name = (ref) => ref.split('/').pop();

function type(schema) {
  if (schema === undefined || Object.keys(schema).length === 0) return 'unknown';
  if (schema.$ref) return `schemas['${name(schema.$ref)}']`;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf ?? schema.oneOf) return (schema.anyOf ?? schema.oneOf).map(type).join(' | ');
  if (schema.allOf) return schema.allOf.map(type).join(' & ');
  if (Array.isArray(schema.type))
    return schema.type.map((one) => type({ ...schema, type: one, enum: undefined })).join(' | ');
  switch (schema.type) {
    case 'null': return 'null';
    case 'string': return 'string';
    case 'boolean': return 'boolean';
    case 'integer':
    case 'number': return 'number';
    case 'array': return `(${type(schema.items)})[]`;
    case 'object': return object(schema);
    default: throw new Error(`api-types: unknown construct ${JSON.stringify(schema)}`);
  }
}

function object(schema) {
  if (!schema.properties) return 'Record<string, unknown>';
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties).map(
    ([key, value]) => `${JSON.stringify(key)}${required.has(key) ? '' : '?'}: ${type(value)}`);
  return `{ ${members.join('; ')} }`;
}

function operation(value, shared) {
  const parameters = [...(shared ?? []), ...(value.parameters ?? [])].map((one) =>
    one.$ref ? document.components.parameters[name(one.$ref)] : one);
  const of = (place) => parameters.filter((one) => one.in === place);
  const list = (all) => all.map((one) => `${JSON.stringify(one.name)}${one.required ? '' : '?'}: ${type(one.schema)}`);
  const members = [];
  if (of('path').length) members.push(`path: { ${list(of('path')).join('; ')} }`);
  if (of('query').length) members.push(`query?: { ${list(of('query')).join('; ')} }`);
  const body = value.requestBody?.content?.['application/json'];
  if (body) members.push(`body${value.requestBody.required === false ? '?' : ''}: ${type(body.schema)}`);
  const results = Object.entries(value.responses).filter(([status]) => status.startsWith('2'))
    .map(([, answer]) => answer.content?.['application/json']).filter(Boolean).map((json) => type(json.schema));
  members.push(`result: ${[...new Set(results)].join(' | ') || 'void'}`);
  return `{ ${members.join('; ')} }`;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];
let out = '// Made from docs/api/openapi.json by tools/api-types.mjs.\nexport interface schemas {\n';
for (const [key, schema] of Object.entries(document.components.schemas)) out += `  '${key}': ${type(schema)};\n`;
out += '}\n\nexport interface paths {\n';
for (const [path, item] of Object.entries(document.paths)) {
  out += `  '${path}': {\n`;
  for (const method of methods) if (item[method]) out += `    ${method}: ${operation(item[method], item.parameters)};\n`;
  out += '  };\n';
}
out += '}\n';
const file = new URL('../src/lib/api/schema.d.ts', import.meta.url);
if (!existsSync(file) || readFileSync(file, 'utf8') !== out) writeFileSync(file, out);
