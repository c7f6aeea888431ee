import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { readArtifact } from '../../artifacts/document.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type Candidate, type Technology, technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { vocabulary } from '../../artifacts/vocabulary.ts';
import { countOverlap, type DataProblem, prepareData } from '../../data/prepare.ts';
import { AppError } from '../../errors.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { type Reason, refuseIf, verdict } from '../../pipeline/verdict.ts';
import { listFiles, readJson, sha256File } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { recomputeMetrics } from '../recompute.ts';
import { templateOf } from '../templates.ts';
import { estimateCandidate, isNeural, pointsOf } from './technology-estimates.ts';

type Evidence =
  | { state: 'no family'; task: string | null }
  | { state: 'data'; problems: Reason[] }
  | {
      state: 'measured';
      technology: Technology;
      holdout: { rows: number; overlap: number };
      probes: { model: string; rows: number; metric: number | null }[];
    };

/** 1.2: seals a hold-out, measures candidates and baselines by cross-validation, and chooses. */
export const technologyStage: Stage<StageContext, Evidence> = {
  id: '1.2',
  phase: 1,
  title: { zh: '技术选型', en: 'technology' },
  version: 1,
  owners: ['research', 'coder'],
  needs: [{ artifact: 'requirements', select: (root) => relevantPart(readArtifact(root, requirementsDocument)) }],
  produces: ['technology', 'data'],
  settings: ['data', 'language', 'budgetMinutes'],
  rules: ['CREATE', 'ML'],
  async run(context) {
    const requirements = context.read(requirementsDocument);
    const family = requirements.task ? context.rules.ML.families[requirements.task] : undefined;
    if (!family || !templateOf(context.config, requirements.task)) return;
    const prepared = await prepare(context, requirements);
    if ('problems' in prepared) return;
    const models = [...new Set([family.trivial, ...family.baselines, ...family.candidates])];
    context.progress(context.say(`试跑 ${models.length} 个模型`, `probing ${models.length} models`));
    await probe(context, requirements, models);
    await context.put(technologyDocument, await compose(context, requirements, prepared, family));
  },
  async adopt(context) {
    await context.put(technologyDocument, context.read(technologyDocument));
  },
  async collect(context) {
    const requirements = context.read(requirementsDocument);
    const known = requirements.task && context.rules.ML.families[requirements.task];
    if (!known || !templateOf(context.config, requirements.task))
      return { state: 'no family', task: requirements.task };
    const prepared = await prepare(context, requirements);
    if ('problems' in prepared) return { state: 'data', problems: prepared.problems };
    const overlap = await countOverlap(context.root);
    const technology = context.read(technologyDocument);
    return {
      state: 'measured',
      technology,
      holdout: { rows: prepared.sealed.rows.holdout, overlap },
      probes: [
        ...technology.candidates.map(({ model }) => model),
        ...technology.baselines.map(({ model }) => model),
      ].map((model) => probeResult(context, model, technology.metric)),
    };
  },
  gate: (evidence, { CREATE, ML }) => verdict(reasons(evidence, CREATE, Object.keys(ML.families))),
};

const reasons = (
  evidence: Evidence,
  create: { technology: { minimum: number; minimum_candidates: number } },
  families: string[],
): (Reason | false)[] => {
  if (evidence.state === 'no family') {
    return [
      {
        about: 'task',
        message: `no task family is available for ${evidence.task ?? 'a task that nobody named'}; this version trains ${families.join(' and ')}`,
        zh: `没有可用于 ${evidence.task ?? '未指明任务'} 的任务族；这个版本能训练 ${families.join(' 和 ')}`,
      },
    ];
  }
  if (evidence.state === 'data') return evidence.problems;
  const { technology, holdout, probes } = evidence;
  const { minimum, minimum_candidates } = create.technology;
  return [
    refuseIf(holdout.rows === 0, 'data/holdout', 'the hold-out is empty'),
    refuseIf(holdout.overlap > 0, 'data/holdout', `${holdout.overlap} rows of the hold-out are in data/full as well`),
    refuseIf(
      technology.candidates.length < minimum_candidates,
      'spec/tech.md',
      `fewer than ${minimum_candidates} candidates`,
    ),
    ...technology.candidates.flatMap(({ model, estimate }) =>
      Object.entries(estimate).map(([name, { value }]) =>
        refuseIf(!Number.isFinite(value), model, `the estimate of ${name} is no number`),
      ),
    ),
    ...probes.map(({ model, metric, rows }) =>
      refuseIf(metric === null || rows === 0, model, 'was not measured: its out-of-fold predictions are missing'),
    ),
    refuseIf(
      technology.choice.score < minimum,
      technology.choice.model,
      `scores ${technology.choice.score.toFixed(2)} of 5, less than ${minimum}`,
    ),
  ];
};

/** The part of the requirements that this stage reads: other words for the same demand change nothing here. */
const relevantPart = ({ task, target, metric, positive_class, items }: Requirements) => ({
  task,
  target,
  metric,
  positive_class,
  items: items.map(({ id, subject, op, value, unit }) => ({ id, subject, op, value, unit })),
});

const preparedOnce = new WeakMap<StageContext, ReturnType<typeof prepareNow>>();

/** Reading and splitting a large file twice in one stage would say nothing new. */
const prepare = (context: StageContext, requirements: Requirements) => {
  const prepared = preparedOnce.get(context) ?? prepareNow(context, requirements);
  preparedOnce.set(context, prepared);
  return prepared;
};

const prepareNow = async (context: StageContext, requirements: Requirements) => {
  if (!context.settings.data) return { problems: [missingData(requirements)] };
  const unit =
    requirements.items.find(({ subject, unit }) => (subject === 'mae' || subject === 'rmse') && unit)?.unit ?? null;
  return prepareData({
    given: context.settings.data.path,
    root: context.root,
    scratch: context.scratch,
    task: requirements.task as 'tabular_classification' | 'tabular_regression',
    target: requirements.target,
    positiveClass: requirements.positive_class,
    unit,
    rules: context.rules.ML,
  });
};

const missingData = ({ task }: Requirements): DataProblem => ({
  about: 'data',
  message: `there is no data: a project of the family ${task} trains on your own table. Give it with --data PATH (CSV, TSV, JSON, JSON lines or Parquet with one row an example)`,
  zh: `没有数据：${task} 类的项目用你自己的表格训练。请用 --data PATH 给出（CSV、TSV、JSON、JSON lines 或 Parquet，一行一个样本）`,
});

const folderOf = (context: StageContext, model: string) => path.join(context.root, '.specwright', 'probes', model);

/** Two at a time, each in a fork of the preloaded Python, by the same program that the project will carry. */
const probe = async (context: StageContext, requirements: Requirements, models: string[]): Promise<void> => {
  const template = templateOf(context.config, requirements.task)!;
  const queue = [...models].sort((a, b) => Number(isNeural(b)) - Number(isNeural(a)));
  const worker = async () => {
    for (let model = queue.shift(); model !== undefined; model = queue.shift()) {
      const result = await context.fork(
        ['scripts/compare.py', '--config', 'configs/config.yaml', '--data', context.at('data/full'), '--models', model,
          '--output', path.dirname(folderOf(context, model)), '--folds', String(context.rules.ML.folds),
          `data.schema=${context.at('data/schema.json')}`, `seed=${context.rules.ML.seed}`, `trainer.epochs=${context.rules.ML.epochs}`], // biome-ignore format: an argv
        {
          cwd: template.folder,
          limitSeconds: budgetSeconds(context, requirements),
          limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb,
        },
      );
      expectSuccess(result, `The probe of ${model}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, cpus().length) }, worker));
};

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
};

const readProbe = (context: StageContext, model: string): ProbeResult =>
  readJson(path.join(folderOf(context, model), 'result.json')) as ProbeResult;

const probeResult = (context: StageContext, model: string, metric: string) => {
  const file = path.join(folderOf(context, model), 'result.json');
  if (!existsSync(file)) return { model, rows: 0, metric: null };
  const result = readJson(file) as { metrics: Record<string, number> };
  const files = listFiles(folderOf(context, model));
  return { model, rows: files.includes('oof.csv') ? 1 : 0, metric: result.metrics[metric] ?? null };
};

const compose = async (
  context: StageContext,
  requirements: Requirements,
  prepared: Exclude<Awaited<ReturnType<typeof prepareData>>, { problems: DataProblem[] }>,
  family: StageContext['rules']['ML']['families'][string],
): Promise<Technology> => {
  const { sealed, profiles, source } = prepared;
  const metric = requirements.metric ?? family.metric;
  const better = vocabulary[metric as keyof typeof vocabulary]?.better ?? 'higher';
  const sign = better === 'lower' ? -1 : 1;
  const models = [...new Set([family.trivial, ...family.baselines, ...family.candidates])];
  // Candidates first: of two that measured the same, the earlier one is taken.
  const ranked = [...new Set([...family.candidates, ...family.baselines])];
  const recomputed = await recomputeMetrics(context, {
    files: models.map((model) => path.join(folderOf(context, model), 'oof.csv')),
    names: models,
    task: requirements.task!,
    metric,
    positive: requirements.positive_class,
    compareFrom: (values) => bestOf(ranked, values, metric, sign),
  });
  const value = (model: string): number => recomputed.metrics[model]![metric]!;
  const trivial = value(family.trivial);
  const best = sign * Math.max(...models.map((model) => sign * value(model)));
  const perfect = better === 'lower' ? 0 : 1;
  const shape = {
    rows: sealed.rows.full,
    inputs: sealed.schema.columns.filter(({ role }) => role !== 'ignored' && role !== 'target').length + 4,
    outputs: sealed.schema.classes?.length ?? 1,
    epochs: context.rules.ML.epochs,
    batch: context.rules.ML.batch_rule.find((one) => one.up_to_rows === null || sealed.rows.full <= one.up_to_rows)!
      .batch_size,
  };
  const limits = {
    trivial: sign * trivial,
    best: sign * best,
    latencyLimitMs: latencyLimit(requirements),
    budgetSeconds: budgetSeconds(context, requirements),
  };
  const candidates = ranked.map((model): Candidate => {
    const result = readProbe(context, model);
    const measured = {
      parameters: result.parameters,
      memory: result.peak_memory_mb,
      training_time: result.fit_seconds_per_fold,
      latency: result.predict_ms_per_row,
      metric: value(model),
    };
    const points = pointsOf({ ...measured, metric: sign * measured.metric }, limits);
    const weights: Record<string, number> = context.rules.CREATE.technology.weights;
    const score = Object.entries(points).reduce((sum, [name, one]) => sum + one * (weights[name] ?? 0), 0);
    const estimate = estimateCandidate(model, shape, { name: metric, trivial, perfect });
    return { model, kind: isNeural(model) ? 'neural' : 'classical', estimate, measured, points, score };
  });
  const strongest = bestOf(family.baselines, recomputed.metrics, metric, sign);
  const chosen = bestOf(ranked, recomputed.metrics, metric, sign);
  return {
    task: requirements.task!,
    target: sealed.schema.target,
    unit: sealed.schema.unit,
    metric,
    positive_class: requirements.positive_class,
    source: {
      file: source.file,
      sha256: await sha256File(source.file),
      format: source.format,
      encoding: source.encoding,
    },
    rows: {
      given: sealed.rows.given,
      without_target: sealed.rows.withoutTarget,
      full: sealed.rows.full,
      holdout: sealed.rows.holdout,
      copies: sealed.rows.copies,
    },
    classes: sealed.classes,
    columns: profiles.map((column) => {
      const described = sealed.schema.columns.find(({ name }) => name === column.name)!;
      return {
        name: column.name,
        role: described.role,
        reason: described.reason ?? null,
        missing: column.missing,
        unreadable: column.unreadable,
        distinct: column.distinct,
      };
    }),
    folds: context.rules.ML.folds,
    candidates,
    baselines: [family.trivial, ...family.baselines].map((model) => ({
      model,
      trivial: model === family.trivial,
      metric: value(model),
      metrics: recomputed.metrics[model]!,
    })),
    comparisons: recomputed.comparisons,
    choice: {
      model: chosen,
      score: candidates.find(({ model }) => model === chosen)!.score,
      strongest_baseline: strongest,
      reasons: choiceReasons(context, requirements, {
        chosen,
        metric,
        measured: candidates.find(({ model }) => model === chosen)!.measured,
        neural: bestOf(ranked.filter(isNeural), recomputed.metrics, metric, sign),
      }),
    },
  };
};

const bestOf = (
  models: string[],
  values: Record<string, Record<string, number>>,
  metric: string,
  sign: number,
): string => {
  const sorted = [...models].sort((a, b) => sign * ((values[b]?.[metric] ?? 0) - (values[a]?.[metric] ?? 0)));
  if (sorted[0] === undefined) throw new AppError('rules.invalid', 'ML.md names no candidate for this family');
  return sorted[0];
};

const latencyLimit = ({ items }: Requirements): number => {
  const limits = items.filter(({ subject }) => subject.startsWith('latency')).map(({ value }) => Number(value));
  return limits.length > 0 ? Math.min(...limits) : 200;
};

const choiceReasons = (
  context: StageContext,
  { items }: Requirements,
  facts: {
    chosen: string;
    metric: string;
    measured: Candidate['measured'];
    neural: string;
  },
) => {
  const { say } = context;
  const value = facts.measured.metric.toPrecision(4);
  const main = items.find(({ subject }) => subject === 'metric')?.id ?? 'metric';
  const why = say(
    `交叉验证 ${facts.metric} 最好的模型：${value}${facts.chosen === facts.neural ? '' : `，好于神经网络中最好的 ${facts.neural}`}`,
    `best model by cross-validated ${facts.metric}: ${value}${facts.chosen === facts.neural ? '' : `, better than the best network, ${facts.neural}`}`,
  );
  return [
    { requirement: main, text: why },
    ...items
      .filter(({ id }) => id !== main)
      .map((item) => ({ requirement: item.id, text: bearing(context, item, facts) })),
  ];
};

/** What the choice means for a requirement, with the probe's figure where it has one. */
const bearing = (
  { say, rules }: StageContext,
  item: Requirements['items'][number],
  { metric, measured, chosen }: { metric: string; measured: Candidate['measured']; chosen: string },
): string => {
  const { subject, value } = item;
  const { group } = vocabulary[subject];
  if (subject === metric)
    return say(
      `折外预测 ${measured.metric.toPrecision(4)}，由留出集定论`,
      `out-of-fold ${measured.metric.toPrecision(4)}, settled on the hold-out`,
    );
  if (group === 'quality') return say('由留出集定论', 'settled on the hold-out');
  if (subject.startsWith('latency') || subject === 'throughput')
    return say(
      `单次预测 ${measured.latency.toPrecision(2)} ms，由压测定论`,
      `a prediction takes ${measured.latency.toPrecision(2)} ms, settled under load`,
    );
  if (subject === 'training_time')
    return say(`每折 ${measured.training_time.toPrecision(3)} 秒`, `${measured.training_time.toPrecision(3)} s a fold`);
  if (subject === 'model_size') return say(`${measured.parameters} 个参数`, `${measured.parameters} parameters`);
  if (subject === 'image_size' || subject === 'memory' || subject === 'startup_time')
    return say('服务只带 ONNX Runtime，不带训练框架', 'the service holds ONNX Runtime, not the training framework');
  if (subject === 'hardware')
    return say(`${chosen} 在 ${value} 上训练和服务`, `${chosen} trains and serves on ${value}`);
  if (group === 'aim') return say(`${subject} = ${value}`, `${subject} = ${value}`);
  return say(
    `按 DOCKER_CONFIG 与 VENV_CONFIG 交付（端口 ${rules.DOCKER_CONFIG.port}）`,
    `delivered by DOCKER_CONFIG and VENV_CONFIG (port ${rules.DOCKER_CONFIG.port})`,
  );
};
