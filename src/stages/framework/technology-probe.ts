import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import type { Technology } from '../../artifacts/documents/technology.ts';
import type { Item, Requirements } from '../../artifacts/requirements.ts';
import { imageFolder, readsImages } from '../../data/images.ts';
import { writeSample } from '../../data/mini.ts';
import { dataSchema } from '../../data/schema.ts';
import { composeTemplate } from '../../scaffold/template.ts';
import { readJson } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { recomputeMetrics } from '../recompute.ts';
import { batchOf, effortOf, familyOf, templateOf } from '../templates.ts';

export const folderOf = (context: StageContext, model: string) =>
  path.join(context.root, '.specwright', 'probes', model);

/**
 * Two at a time, each in a fork of the preloaded Python, by the same program that the project will carry, with the
 * epochs and the batch that training will have.
 */
export const probe = async (
  context: StageContext,
  requirements: Requirements,
  models: string[],
  rows: number,
): Promise<void> => {
  const template = templateOf(context.config, requirements.task, context.settings.framework)!;
  const effort = effortOf(context.rules.ML, requirements.task!);
  const folder = await composeTemplate(template, path.join(context.scratch, 'template'));
  const data = path.join(context.root, '.specwright', 'probes', 'data');
  const schema = dataSchema.parse(readJson(context.at('data/schema.json')));
  await writeSample(context.root, schema, {
    folder: data,
    rows: effort.probe_rows,
    seed: context.rules.ML.seed,
  });
  const { networks } = familyOf(context.config, requirements.task!);
  const queue = [...models].sort((a, b) => Number(networks.includes(b)) - Number(networks.includes(a)));
  const worker = async () => {
    for (let model = queue.shift(); model !== undefined; model = queue.shift()) {
      const result = await context.fork(
        compareArgv(context, requirements, {
          models: [model],
          data,
          schema: context.at('data/schema.json'),
          output: path.dirname(folderOf(context, model)),
          rows,
        }),
        {
          cwd: folder,
          limitSeconds: budgetSeconds(context, requirements),
          limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb,
        },
      );
      expectSuccess(result, `The probe of ${model}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, worker));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The program that compares models, as it is run for every probe: the folds, epochs, batch and seed of all. */
export const compareArgv = (
  context: StageContext,
  requirements: Requirements,
  {
    models,
    data,
    schema,
    output,
    rows,
  }: { models: string[]; data: string; schema: string; output: string; rows: number },
): string[] => {
  const { ML } = context.rules;
  const { folds, epochs, probe_rows } = effortOf(ML, requirements.task!);
  return [
    ...['scripts/compare.py', '--config', 'configs/config.yaml', '--data', data, '--models', models.join(',')],
    ...['--output', output, '--folds', String(folds), `data.schema=${schema}`],
    ...imagesOf(context, requirements.task!).map((folder) => `data.images=${folder}`),
    ...askedOfPositive(requirements),
    ...Object.entries(askedOfPairs(requirements)).map((one) => one.join('=')),
    ...[`seed=${ML.seed}`, `trainer.epochs=${epochs}`, `trainer.batch_size=${batchOf(ML, Math.min(rows, probe_rows))}`],
    ...frameworkOverride(context),
  ];
};

/** Recall or precision of the positive class that the brief asks for: the models are then compared as they would decide. */
export const askedOfPositive = ({ positive_class, items }: Requirements): string[] =>
  positive_class === null
    ? []
    : items
        .filter(
          ({ kind, subject, op }) => kind === 'sla' && ['recall', 'precision'].includes(subject) && op.startsWith('>'),
        )
        .map(({ subject, value }) => `trainer.asked_${subject}=${value}`);

/** Rates that the brief asks of comparisons of people: each model's threshold is chosen for them. */
export const askedOfPairs = ({ task, items }: Requirements): Record<string, Item['value']> =>
  task !== 'face_verification'
    ? {}
    : Object.fromEntries(
        items
          .filter(({ kind, subject }) => kind === 'sla' && askedRates.includes(subject))
          .map(({ subject, value }) => [`trainer.asked_${subject}`, value]),
      );

const askedRates = ['false_accept_rate', 'true_accept_rate', 'accuracy'];

/** Where a family's images lie beside the table, since a probe runs outside of the project. */
export const imagesOf = (context: StageContext, task: string): string[] =>
  readsImages(task) ? [path.resolve(context.root, imageFolder(context.root, context.settings.data?.path ?? ''))] : [];

/** Networks are tried by the framework that will train them. */
const frameworkOverride = ({ settings }: StageContext): string[] =>
  settings.framework === 'paddle' ? ['framework=paddle'] : [];

/** The budget for training: the person's, else the requirement's, else the rule's. Seconds. */
export const budgetSeconds = (context: StageContext, { items }: Requirements): number => {
  if (context.settings.budgetMinutes !== null) return context.settings.budgetMinutes * 60;
  const asked = items.find(({ subject }) => subject === 'training_time')?.value;
  return typeof asked === 'number' ? asked : context.rules.ML.training_budget_minutes * 60;
};

type ProbeResult = {
  parameters: number;
  peak_memory_mb: number;
  fit_seconds_per_fold: number;
  predict_ms_per_row: number;
  threshold?: number | null;
};

export const readProbe = (context: StageContext, model: string): ProbeResult =>
  readJson(path.join(folderOf(context, model), 'result.json')) as ProbeResult;

/** What `spec/tech.md` claims of a model beside what the probe's own files give when they are read again. */
export type ProbeEvidence = {
  model: string;
  rows: number;
  figures: { name: string; claimed: number; measured: number | null }[];
};

/** Reads the probes again: metrics recomputed from the out-of-fold predictions, the rest from the probe's record. */
export const readProbes = async (
  context: StageContext,
  { task, decided_by: metric, positive_class, candidates, baselines }: Technology,
): Promise<ProbeEvidence[]> => {
  const models = [...new Set([...baselines, ...candidates].map(({ model }) => model))];
  const there = models.filter((model) =>
    ['oof.csv', 'result.json'].every((file) => existsSync(path.join(folderOf(context, model), file))),
  );
  const { metrics, rows } = await recomputeMetrics(context, {
    files: there.map((model) => path.join(folderOf(context, model), 'oof.csv')),
    names: there,
    task,
    metric,
    positive: positive_class,
  });
  return models.map((model) => {
    const candidate = candidates.find((one) => one.model === model);
    const baseline = baselines.find((one) => one.model === model);
    const record = there.includes(model) ? readProbe(context, model) : null;
    const recorded: Record<string, number | undefined> = {
      parameters: record?.parameters,
      memory: record?.peak_memory_mb,
      training_time: record?.fit_seconds_per_fold,
      latency: record?.predict_ms_per_row,
      metric: metrics[model]?.[metric],
    };
    const claims = [
      ...Object.entries(candidate?.measured ?? {}),
      ...(baseline ? ([['metric', baseline.metric]] as const) : []),
    ];
    return {
      model,
      rows: rows[model] ?? 0,
      figures: claims.map(([name, claimed]) => ({ name, claimed, measured: recorded[name] ?? null })),
    };
  });
};
