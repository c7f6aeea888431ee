import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Rules } from '../artifacts/rules/rules.ts';
import type { Config } from '../config.ts';
import type { Framework } from '../pipeline/context.ts';
import { type ChineseWords, readChineseWords } from '../scaffold/chinese-words.ts';
import { type Template, templateFile } from '../scaffold/template.ts';
import { readText } from '../world/files.ts';

/** Task families and the layer that each adds to `templates/base`. A new family is a folder and a line here. */
const layers: Record<string, string> = {
  tabular_classification: 'tabular',
  tabular_regression: 'tabular',
  text_classification: 'text',
  image_classification: 'image',
  time_series_forecasting: 'forecast',
  sequence_to_sequence: 'seq2seq',
  face_verification: 'face',
};

/** What several families share beyond the base lies below the layer of each. */
const below: Record<string, string> = { image: 'pictures', face: 'pictures', tabular: 'tables', forecast: 'tables' };

/** The folder in `templates/` that holds what a task's family has of its own. */
export const familyLayerOf = (task: string): string => layers[task]!;

/** Meanings, prose and labels of the templates in Chinese. */
export const chineseWords = (config: Config): ChineseWords =>
  readChineseWords(path.join(config.packageFolder, 'templates/zh.yaml'));

export const templateOf = (config: Config, task: string | null, framework: Framework = 'torch'): Template | null => {
  const name = task ? layers[task] : undefined;
  return name ? { layers: layersOf(config, name, framework), package: 'ml_project' } : null;
};

/** With PaddlePaddle two more: what all twins share, and the networks of the family, where it has such twins. */
export const layersOf = (config: Config, family: string, framework: Framework): string[] => {
  const folder = (layer: string) => path.join(config.packageFolder, 'templates', layer);
  const twins = folder(`paddle-${family}`);
  const more = framework !== 'torch' && existsSync(twins) ? [folder('paddle'), twins] : [];
  const shared = below[family] === undefined ? [] : [folder(below[family])];
  return [folder('base'), ...shared, folder(family), ...more];
};

/** Whether the networks of a task can be trained by PaddlePaddle. */
export const hasTwins = (config: Config, task: string): boolean =>
  existsSync(path.join(config.packageFolder, 'templates', `paddle-${layers[task]}`));

/** The requirement file of PaddlePaddle, and whether a run can do without it. */
export const paddleOf = (config: Config, framework: Framework): { requirements: string; optional: boolean } | null =>
  framework === 'torch'
    ? null
    : {
        requirements: path.join(config.packageFolder, 'templates/paddle', paddleRequirements),
        optional: framework === 'both',
      };

export const paddleRequirements = 'requirements-paddle.txt';

/** What all families share, the requirement files and the modules to load among it. */
export const sharedTemplate = (config: Config): string => path.join(config.packageFolder, 'templates/base');

export const familyLayers = [...new Set(Object.values(layers))];

/** What the environment of every project holds: one environment serves all families. */
export const sharedPackages = (config: Config): string[] => {
  const families = Object.keys(layers).map((task) => familyOf(config, task));
  return [...new Set(families.flatMap(({ packages }) => [...packages.training, ...packages.serving]))].sort();
};

const familySchema = z.strictObject({
  /** Models that are trained by gradient descent; the first proves a distributed run where another kind was chosen. */
  networks: z.array(z.string()).min(1),
  /** What a model is told that writes a further network for this family; absent: none is asked for. */
  further: z.string().optional(),
  /** Settings without which a network draws no random numbers in training: twins are held against each other so. */
  still: z.array(z.string()),
  wrong_input: z.unknown(),
  wrong_named: z.string(),
  /** A public data set of this kind, as `scripts/download.py --dataset` takes it. */
  public_example: z.string(),
  /** Packages beyond those of the base: for training, and for the service as well. */
  /** A folder that the service writes and that outlives it: in the image, and the variable that names it. */
  keeps: z.strictObject({ folder: z.string(), variable: z.string() }).optional(),
  packages: z.strictObject({ training: z.array(z.string()), serving: z.array(z.string()) }),
});
export type Family = z.infer<typeof familySchema>;

/** What the engine must know of a family beside its code: `family.yaml` of its layer. */
export const familyOf = (config: Config, task: string): Family => {
  const template = templateOf(config, task);
  if (!template) throw new Error(`no template for ${task}`);
  return familySchema.parse(parse(readText(templateFile(template, 'family.yaml'))));
};

/** How long, how often and on how many rows a family's models are tried: its own numbers, else those of all. */
export const effortOf = (rules: Rules['ML'], task: string): { epochs: number; folds: number; probe_rows: number } => {
  const { epochs, folds, probe_rows } = rules;
  return { epochs, folds, probe_rows, ...definedOf(rules.families[task]) };
};

/** Rows of a batch, by the number of rows that are trained on. */
export const batchOf = ({ batch_rule }: Rules['ML'], rows: number): number =>
  batch_rule.find(({ up_to_rows }) => up_to_rows === null || rows <= up_to_rows)!.batch_size;

const definedOf = (family: Rules['ML']['families'][string] | undefined) =>
  Object.fromEntries(
    (['epochs', 'folds', 'probe_rows'] as const)
      .map((name) => [name, family?.[name]] as const)
      .filter(([, value]) => value !== undefined),
  );
