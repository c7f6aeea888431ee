import path from 'node:path';
import { describeItem } from '../../artifacts/documents/requirements-document.ts';
import type { Technology } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { vocabulary } from '../../artifacts/vocabulary.ts';
import { type DataSchema, dataSchema } from '../../data/schema.ts';
import { templateFile } from '../../scaffold/template.ts';
import { readJson, readText } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import { chineseWords, familyOf, hasTwins, templateOf } from '../templates.ts';

type Described = {
  requirements: Requirements;
  technology: Technology;
  settings: Record<string, Record<string, unknown>>;
  package: string;
  /** Rows of `data/mini`. */
  mini: number;
};

/** What the README of a project is filled with; `settings` are those in which it differs from the template. */
export const readmeValues = (
  context: StageContext,
  { requirements, technology, settings, package: name, mini }: Described,
): Record<string, unknown> => ({
  project: { name: requirements.project, package: name, title: requirements.title },
  brief: requirements.brief,
  task: requirements.task,
  target: technology.target,
  unit: technology.unit ?? '',
  metric: technology.metric,
  rows: {
    full: technology.rows.full,
    holdout: technology.rows.holdout,
    mini,
  },
  columns: technology.columns,
  source: technology.source,
  written: writtenColumns(context),
  example: exampleInput(readSchema(context)),
  horizon: readSchema(context).horizon ?? 1,
  season: readSchema(context).season ?? 1,
  threshold: technology.choice.threshold,
  positive_class: technology.positive_class,
  models: technology.candidates
    .map(({ model }) => model)
    .filter((model) => model !== technology.further?.model || model === technology.choice.model),
  network: familyOf(context.config, technology.task).networks[0],
  keeps: familyOf(context.config, technology.task).keeps ?? null,
  model: { name: technology.choice.model, reasons: technology.choice.reasons.slice(0, 1).map(({ text }) => text) },
  requirements: requirements.items.map((item) => ({
    ...item,
    words: item.quote ?? describeItem(item, context.settings.language),
  })),
  tried: triedModels(technology),
  public_example: familyOf(context.config, technology.task).public_example,
  config_keys: configKeys(context, technology.task, settings),
  framework: hasTwins(context.config, technology.task) ? context.settings.framework : 'torch',
  port: context.rules.DOCKER_CONFIG.port,
  docker: context.rules.DOCKER_CONFIG,
});

const shownColumns = 8;
const textTasks = new Set(['text_classification', 'sequence_to_sequence']);

/**
 * An input as it stands in a shell between single quotes: of a table typical values, and no row of anybody's. Empty
 * where only the exported model's samples can show one: images, and which of several series.
 */
export const exampleInput = ({ task, columns }: DataSchema): string => {
  if (textTasks.has(task)) return '"a text"';
  if (task === 'time_series_forecasting') return columns.some(({ role }) => role === 'series') ? '' : '{}';
  if (!task.startsWith('tabular_')) return '';
  const typical = columns.flatMap((column) => {
    const value = typicalValue(column);
    return value === null ? [] : [[column.name, value]];
  });
  if (typical.length === 0) return '';
  return JSON.stringify(Object.fromEntries(typical.slice(0, shownColumns))).replaceAll("'", "'\\''");
};

/** The middle of the range, the commonest category. */
const typicalValue = ({ role, min, max, values }: DataSchema['columns'][number]): number | string | null => {
  if (role === 'categorical' || role === 'boolean') return values?.[0] ?? null;
  if (role === 'text') return '…';
  if (role !== 'numeric' || typeof min !== 'number' || typeof max !== 'number') return null;
  const middle = (min + max) / 2;
  const short = Number.isInteger(min) && Number.isInteger(max) ? Math.round(middle) : Number(middle.toPrecision(3));
  return short >= min && short <= max ? short : middle;
};

/** Columns that the user's data writes in a form of their own, with an example. */
const writtenColumns = (context: StageContext): { name: string; example: string }[] =>
  readSchema(context).columns.flatMap(({ name, role, written }) =>
    written && role !== 'ignored' ? { name, example: written.example } : [],
  );

/** Every model with its out-of-fold figure, the best first; the trivial one stands among them. */
const triedModels = ({ candidates, baselines, choice, decided_by: metric }: Technology) => {
  const figures = new Map(candidates.map(({ model, measured }) => [model, measured.metric]));
  for (const { model, metric: value } of baselines) figures.set(model, value);
  const better = vocabulary[metric as keyof typeof vocabulary]?.better === 'lower' ? -1 : 1;
  return [...figures]
    .sort(([, a], [, b]) => better * (b - a))
    .map(([model, value]) => ({
      model: model === choice.model ? `**${model}**` : model,
      metric,
      value: value.toPrecision(4),
      trivial: baselines.some((one) => one.trivial && one.model === model),
    }));
};

/** The keys that a person may want to change, with the meaning that stands beside them in the template's YAML. */
const configKeys = (
  context: StageContext,
  task: string,
  settings: Record<string, Record<string, unknown>>,
): { key: string; value: string; meaning: string }[] => {
  const set: Record<string, unknown> = Object.assign({}, ...Object.values(settings));
  const template = templateOf(context.config, task)!;
  const chinese = chineseWords(context.config);
  return ['configs/config.yaml', 'configs/data/data.yaml', 'configs/trainer/trainer.yaml'].flatMap((file) => {
    const section = path.basename(file, '.yaml');
    return readText(templateFile(template, file))
      .split('\n')
      .map((line) => /^ {2}(\w+): (\S+) *# (.+)$/.exec(line))
      .filter((match): match is RegExpExecArray => match !== null)
      .map((match) => {
        const key = `${section === 'config' ? 'model' : section}.${match[1]}`;
        const meaning = context.say(chinese.settings[match[3]!] ?? match[3]!, match[3]!);
        return { key, value: String(set[key] ?? match[2]), meaning };
      });
  });
};

export const readSchema = (context: StageContext) => dataSchema.parse(readJson(context.at('data/schema.json')));
