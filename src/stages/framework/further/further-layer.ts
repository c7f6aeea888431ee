import { parse } from 'yaml';
import { AppError } from '../../../errors.ts';

/** A network beyond those of the family: its module as it stands in the template, and its settings. */
export type FurtherNetwork = { model: string; module: string; settings: string };

export const furtherModule = (model: string): string => `ml_project/models/${model}.py`;
export const furtherSettings = (model: string): string => `configs/model/${model}.yaml`;

/** What the truth is called in a family's own loss, and how a further loss is given it. */
const truths: Record<string, string> = { y: 'y if self.classes else (y - self.center) / self.spread', z: 'z' };

/** A module may bring the loss by which its network is trained. */
const bringsLoss = (module: string): boolean => /^def loss\(/m.test(module);

/**
 * The files by which a family gets one more network, as a layer over its template: the network itself, the four places
 * where the family names its networks, and where the module brings a loss, the place that computes it. `read` gives
 * these files as the family has them.
 */
export const furtherLayer = (network: FurtherNetwork, read: (file: string) => string): Map<string, string> => {
  const { model, module, settings } = network;
  const fields = fieldsOf(network);
  const className = `${model.split('_').map(capital).join('')}Settings`;
  return new Map([
    [furtherModule(model), module],
    [furtherSettings(model), settings],
    [
      'ml_project/family.py',
      named(read('ml_project/family.py'), 'ml_project/family.py', [
        [/^(NETWORKS = \([^)]*?),?\)$/m, (_, before) => `${before}, "${model}")`],
        [
          /^MODEL_SETTINGS: dict\[str, type\] = \{\n([\s\S]*?)^\}$/m,
          (_, entries) =>
            `@dataclass\nclass ${className}:\n    name: str\n${fields.map(([name, type]) => `    ${name}: ${type}\n`).join('')}\n\nMODEL_SETTINGS: dict[str, type] = {\n${entries}    "${model}": ${className},\n}`,
        ],
      ]),
    ],
    [
      'ml_project/models/networks.py',
      named(read('ml_project/models/networks.py'), 'ml_project/models/networks.py', [
        [
          /^def build_network\(architecture: dict\[str, Any\], \w+: int\) -> [^\n]+:\n/m,
          () =>
            `def build_network(architecture: dict[str, Any], outputs: int) -> nn.Module:\n    if architecture["layers"]["name"] == "${model}":\n        from ml_project.models.${model} import build\n\n        return build(architecture, outputs)\n`,
        ],
      ]),
    ],
    [
      'tests/made.py',
      named(read('tests/made.py'), 'tests/made.py', [
        [
          /^MODELS: dict\[str, list\[str\]\] = \{\n([\s\S]*?)^\}$/m,
          (_, entries) => `MODELS: dict[str, list[str]] = {\n${entries}    "${model}": [],\n}`,
        ],
      ]),
    ],
    ...(bringsLoss(module) ? [withLoss(model, read)] : []),
  ]);
};

const withLoss = (model: string, read: (file: string) => string): [file: string, text: string] => {
  const file = 'ml_project/models/predictor.py';
  const branch = (truth: string) =>
    `        if self.architecture["layers"]["name"] == "${model}":\n            from ml_project.models.${model} import loss\n\n            return loss(raw, ${truths[truth]})\n`;
  return [
    file,
    named(read(file), file, [
      [
        /^ {4}def loss\(self, raw: Tensor, ([yz]): Tensor\) -> Tensor:\n {8}"""[^"\n]*"""\n/m,
        (head, truth) => `${head}${branch(truth!)}`,
      ],
    ]),
  ];
};

type Change = [pattern: RegExp, replacement: (...matched: string[]) => string];

const named = (text: string, file: string, changes: Change[]): string =>
  changes.reduce((before, [pattern, replacement]) => {
    if (!pattern.test(before)) throw new Error(`${file} has no place for a further network: ${pattern}`);
    return before.replace(pattern, replacement);
  }, text);

const longestSettings = 4000;

/** The settings as fields of a dataclass, by what their values are. */
const fieldsOf = ({ model, settings }: FurtherNetwork): [name: string, type: string][] => {
  const fault = (what: string) => new AppError('input.invalid', `${furtherSettings(model)} ${what}`);
  if (settings.length > longestSettings) throw fault(`is longer than ${longestSettings} characters`);
  let read: unknown;
  try {
    read = parse(settings, { maxAliasCount: 0, intAsBigInt: true });
  } catch {
    throw fault('is no YAML');
  }
  const values = (read as { model?: unknown } | null)?.model;
  if (typeof values !== 'object' || values === null || Array.isArray(values) || Object.keys(read as object).length > 1)
    throw fault('must hold one map, model');
  if ((values as Record<string, unknown>).name !== model) throw fault(`must say name: ${model}`);
  return Object.entries(values)
    .filter(([name]) => name !== 'name')
    .map(([name, value]) => {
      const type = typeOf(value);
      if (!/^[a-z][a-z0-9_]{0,30}$/.test(name) || type === null)
        throw fault(`must hold plain numbers, texts and true or false under names in small letters, not ${name}`);
      return [name, type];
    });
};

const typeOf = (value: unknown): string | null => {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'bigint') return 'int'; // 5 and 5.0 are two kinds
  return typeof value === 'number' && Number.isFinite(value) ? 'float' : null;
};

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
