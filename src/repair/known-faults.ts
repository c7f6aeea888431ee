import iconv from 'iconv-lite';
import { parseDocument } from 'yaml';
import { nearest } from '../artifacts/nearest.ts';
import type { Bench, Fault } from './fault.ts';

/** Import names whose package is called otherwise. */
const packages: Record<string, string> = {
  sklearn: 'scikit-learn',
  yaml: 'pyyaml',
  PIL: 'pillow',
  prometheus_client: 'prometheus-client',
};

const match = (pattern: RegExp, output: string): RegExpExecArray | null => pattern.exec(output);

const missingDependency: Fault = {
  id: 'missing-dependency',
  step: 'imports',
  recognise: ({ output }) => {
    const found =
      match(/ModuleNotFoundError: No module named '([\w.]+)'/, output) ??
      // An empty folder that a removed package left behind still imports, as a namespace.
      match(/ImportError: cannot import name '\w+' from '([\w.]+)' \(unknown location\)/, output);
    return found ? { module: found[1]!.split('.')[0]! } : null;
  },
  mend: async ({ module }, bench) => {
    const name = (packages[module!] ?? module!).toLowerCase().replaceAll('_', '-');
    const version = bench.versions[name];
    if (!version) return null; // nothing that was not tested is installed
    return (await bench.install(`${name}==${version}`)) ? `pip install ${name}==${version}` : null;
  },
};

const encoding: Fault = {
  id: 'encoding',
  step: 'data',
  recognise: ({ output }) => {
    const named = match(/([\w./\\-]+\.(?:csv|json|ya?ml|txt)): not UTF-8/, output);
    if (named) return { file: named[1]! };
    return match(/UnicodeDecodeError: 'utf-8' codec/, output) ? { file: '' } : null;
  },
  mend: async ({ file }, bench) => {
    const candidates = ['data/mini', 'configs', 'data']
      .flatMap((folder) => bench.list(folder))
      .filter((one) => /\.(csv|json|ya?ml|txt)$/.test(one));
    const suspects = candidates.filter((one) => (file ? file.endsWith(one) : true) && !isUtf8(bench.readBytes(one)));
    const [first] = suspects;
    if (!first) return null;
    await bench.write(first, iconv.decode(Buffer.from(bench.readBytes(first)!), 'gb18030'));
    return `${first}: decoded from GB18030, written as UTF-8`;
  },
};

const isUtf8 = (bytes: Uint8Array | null): boolean => {
  if (!bytes) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

const wrongConfigKey: Fault = {
  id: 'wrong-config-key',
  step: 'environment',
  recognise: ({ output }) => {
    const found =
      match(/ConfigError: (\S+): unknown key '([\w.]+)'(?:[^\n]*?'([\w.]+)')?/, output) ??
      match(/(?:ConfigAttributeError|ConfigKeyError): ()(?:Missing key|Key) '?(\w+)'?/, output);
    return found ? { file: found[1] ?? '', key: found[2]!, near: found[3] ?? '' } : null;
  },
  mend: async ({ key, near }, bench) => {
    const last = key!.split('.').at(-1)!;
    for (const file of bench.list('configs')) {
      const document = parseDocument(bench.read(file) ?? '');
      const value = document.toJS() as Record<string, unknown> | null;
      const at = findKey(value, last);
      if (!at) continue;
      const old = document.getIn(at, true);
      document.deleteIn(at);
      const replacement = near ? near.split('.').at(-1)! : '';
      const target = [...at.slice(0, -1), replacement];
      if (replacement && !document.hasIn(target)) document.setIn(target, old);
      await bench.write(file, document.toString({ lineWidth: 0 }));
      return replacement ? `${file}: key ${key} is called ${near}` : `${file}: unknown key ${key} removed`;
    }
    return null;
  },
};

const findKey = (value: unknown, key: string, path: string[] = []): string[] | null => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (Object.hasOwn(value, key)) return [...path, key];
  for (const [name, child] of Object.entries(value)) {
    const found = findKey(child, key, [...path, name]);
    if (found) return found;
  }
  return null;
};

const wrongPath: Fault = {
  id: 'wrong-path',
  step: 'environment',
  recognise: ({ output }) => {
    const found =
      match(/(?:Error): ([^\s:]+): no such (?:configuration|schema|data) file/, output) ??
      match(/FileNotFoundError: \[Errno 2\] No such file or directory: '([^']+)'/, output);
    return found ? { path: found[1]! } : null;
  },
  mend: async ({ path: wrong }, bench) => {
    const existing = [...bench.list('configs'), ...bench.list('data')];
    if (/(^|\/)data\/mini(\/|$)/.test(wrong!) && !existing.some((file) => file.startsWith('data/mini/'))) {
      await bench.remakeMini();
      return 'data/mini: sampled again from data/full';
    }
    for (const file of bench.list('configs')) {
      const text = bench.read(file) ?? '';
      const named = [...text.matchAll(/[\w${}.-]+(?:\/[\w${}.-]+)+/g)]
        .map(([one]) => one)
        .find((one) => wrong!.endsWith(one.replaceAll(/\$\{[^}]*\}/g, '')) || wrong!.endsWith(one));
      if (!named) continue;
      const inConfigs = existing.map((one) => (one.startsWith('configs/') ? one.slice('configs/'.length) : one));
      const right = nearest(named, inConfigs);
      if (!right || right === named) continue;
      await bench.write(file, text.replaceAll(named, right));
      return `${file}: ${named} is ${right}`;
    }
    return null;
  },
};

/** Sets a number of the trainer's configuration. */
const setTrainer = async (
  bench: Bench,
  change: (get: (key: string) => number) => Record<string, number>,
): Promise<string | null> => {
  const file = bench.list('configs').find((one) => one.endsWith('trainer.yaml'));
  const text = file ? bench.read(file) : null;
  if (!file || text === null) return null;
  const document = parseDocument(text);
  const wanted = change((key) => Number(document.getIn(['trainer', key]) ?? 0));
  const changes = Object.fromEntries(Object.entries(wanted).filter(([key]) => document.hasIn(['trainer', key])));
  for (const [key, value] of Object.entries(changes)) document.setIn(['trainer', key], value);
  await bench.write(file, document.toString({ lineWidth: 0 }));
  return `${file}: ${Object.entries(changes)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}`;
};

const outOfMemory: Fault = {
  id: 'out-of-memory',
  step: 'epoch',
  recognise: ({ output, ended, exitCode }) =>
    ended === 'memory limit' ||
    exitCode === 137 ||
    /MemoryError|out of memory|can't allocate memory|not enough memory/i.test(output)
      ? {}
      : null,
  mend: (_found, bench) =>
    setTrainer(bench, (get) => ({ batch_size: Math.max(1, Math.floor((get('batch_size') || 64) / 4)) })),
};

const notFinite: Fault = {
  id: 'loss-not-finite',
  step: 'epoch',
  recognise: ({ output }) =>
    /loss is (nan|-?inf)|FloatingPointError|loss.*(not finite|non-finite)/i.test(output) ? {} : null,
  mend: (_found, bench) =>
    setTrainer(bench, (get) => ({
      learning_rate: Math.min(0.01, (get('learning_rate') || 0.01) / 10),
      one_epoch_learning_rate: Math.min(0.01, (get('one_epoch_learning_rate') || 0.01) / 10),
      clip_norm: Math.min(1, get('clip_norm') || 1),
    })),
};

const labelOutOfRange: Fault = {
  id: 'label-out-of-range',
  step: 'data',
  recognise: ({ output }) =>
    /Target -?\d+ is out of bounds|previously unseen labels?|label[^\n]*not (?:in|one of|among)|not in the schema's classes|unknown (?:class|label)|DataError: row \d+: .* is .*; known: /i.test(
      output,
    )
      ? {}
      : null,
  mend: async (_found, bench) => {
    const classes = await bench.classesInData();
    const text = bench.read('data/schema.json');
    if (!classes || text === null) return null;
    const schema = JSON.parse(text) as { classes: string[] };
    if (JSON.stringify(schema.classes) !== JSON.stringify(classes)) {
      await bench.write('data/schema.json', `${JSON.stringify({ ...schema, classes }, null, 2)}\n`);
      return `data/schema.json: classes are ${classes.join(', ')}`;
    }
    await bench.remakeMini();
    return 'data/mini: sampled again, since it held labels that data/full has not';
  },
};

const missingColumn: Fault = {
  id: 'missing-column',
  step: 'data',
  recognise: ({ output }) => {
    const found =
      match(/column '([^'\n]+)' is (?:not in the data|missing)/, output) ?? match(/KeyError: '([^'\n]+)'/, output);
    return found ? { column: found[1]! } : null;
  },
  mend: async ({ column }, bench) => {
    const columns = await bench.columnsInData();
    if (columns.includes(column!)) {
      await bench.remakeMini();
      return `data/mini: sampled again from data/full, which has the column ${column}`;
    }
    const text = bench.read('data/schema.json');
    if (text === null) return null;
    const schema = JSON.parse(text) as { target: string; columns: { name: string; role: string }[] };
    if (schema.target === column || !schema.columns.some(({ name }) => name === column)) return null;
    await bench.write(
      'data/schema.json',
      `${JSON.stringify({ ...schema, columns: schema.columns.filter(({ name }) => name !== column) }, null, 2)}\n`,
    );
    return `data/schema.json: ${column} removed, since the data has no such column`;
  },
};

/** Ordered from the surroundings to the training, as one would look. */
export const knownFaults: readonly Fault[] = [
  missingDependency,
  wrongConfigKey,
  wrongPath,
  encoding,
  labelOutOfRange,
  missingColumn,
  notFinite,
  outOfMemory,
];
