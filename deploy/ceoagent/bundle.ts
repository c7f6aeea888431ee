// `npm run bundle:ceoagent`: the service in one file, out/ceoagent/ceoagent.mjs, beside what its image needs.
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';
import { composeText } from '../../src/deploy/compose-file.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const out = path.join(root, 'out/ceoagent');

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const bundle = (entry: string, file: string) =>
  build({
  entryPoints: [entry],
  outfile: path.join(out, file),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  legalComments: 'linked',
  // Only used where it is installed; the driver in JavaScript is the one that is meant.
  external: ['pg-native'],
  // Parts that are still CommonJS ask for `require`.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
await bundle(path.join(here, 'entry.ts'), 'ceoagent.mjs');
// A thread begins with a file of its own.
await bundle(path.join(root, 'src/ceoagent/embedded/analysis-worker.ts'), 'analysis-worker.mjs');
cpSync(path.join(root, 'prompts/v1'), path.join(out, 'prompts/v1'), { recursive: true });
for (const file of ['Dockerfile', '.env.example']) cpSync(path.join(here, file), path.join(out, file));
// As a process it runs under this very Node: the one on PATH may be older.
const text = readFileSync(path.join(here, 'service.yaml'), 'utf8');
const spec = serviceSpecSchema.parse(parse(text));
writeFileSync(path.join(out, 'docker-compose.yml'), composeText(spec, { file: 'docker-compose.yml', specFolder: '.' }));
writeFileSync(path.join(out, 'service.yaml'), text.replace('argv: [node,', `argv: [${JSON.stringify(process.execPath)},`));
process.stdout.write(`${path.relative(root, out)}: ${(statSync(path.join(out, 'ceoagent.mjs')).size / 1e6).toFixed(1)} MB in one file\n`);
