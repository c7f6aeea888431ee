import { statSync } from 'node:fs';
import { bugfixDocument } from '../../artifacts/documents/bugfix.ts';
import type { Guidance } from '../../artifacts/documents/guidance.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type Technology, technologyDocument } from '../../artifacts/documents/technology.ts';
import type { RunResult } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { budgetSeconds } from '../framework/technology-probe.ts';
import { recomputeMetrics } from '../recompute.ts';
import { readRun } from '../run-folder.ts';
import { checkSlas } from '../sla.ts';
import { batchOf } from '../templates.ts';
import { machineScripts, settingRanges, watchPoints } from './guidance-content.ts';
import { type Costs, machinesOf } from './training-costs.ts';
import { readExport, readOwnMetrics } from './training-products.ts';

export type Deployed = Guidance['deployed'];

const runNames = { 'runs/full': 'full', 'runs/baseline': 'baseline', 'runs/trivial': 'trivial' } as const;

export const nameOf = ({ run }: Pick<Deployed, 'run'>) => runNames[run];

/** Predictions of the deployed model for the hold-out. */
export const holdoutFile = (deployed: Pick<Deployed, 'run'>): string => `runs/holdout/${nameOf(deployed)}.csv`;

/**
 * A model that loses beyond noise to the strong baseline, or even to the trivial one, is not deployed; the better one
 * is, and the report says so.
 */
export const decideDeployed = async (
  context: StageContext,
  technology: Technology,
  { strong, trivial }: { strong: string; trivial: string },
): Promise<Deployed> => {
  const names = ['full', 'baseline', 'trivial'];
  const { comparisons } = await recomputeMetrics(context, {
    files: names.map((name) => context.at('runs/holdout', `${name}.csv`)),
    names,
    task: technology.task,
    metric: technology.decided_by,
    positive: technology.positive_class,
    compareFrom: () => 'full',
  });
  const lost = comparisons.filter(({ worse }) => worse).sort((a, b) => a.difference - b.difference)[0];
  const { model } = technology.choice;
  if (!lost)
    return {
      run: 'runs/full',
      reason: context.say(`${model} 没有在噪声之外输给 ${strong}`, `${model} does not lose to ${strong} beyond noise`),
    };
  const figures = `${lost.difference.toPrecision(3)} (${lost.low.toPrecision(3)} … ${lost.high.toPrecision(3)})`;
  const better = lost.b === 'trivial' ? trivial : strong;
  return {
    run: lost.b === 'trivial' ? 'runs/trivial' : 'runs/baseline',
    reason: context.say(
      `${model} 在留出集上于噪声之外输给 ${better}：${figures}，因此部署 ${better}；此处留出集用于两者之间的选择`,
      `${model} loses to ${better} on the hold-out beyond noise: ${figures}; ${better} is deployed, and the hold-out has served to choose between the two`,
    ),
  };
};

export const composeGuidance = async (
  context: StageContext,
  facts: {
    trained: RunResult;
    costs: Costs;
    distributed: Guidance['distributed'];
    forecasts: Guidance['forecasts'];
    trivial: string;
    strong: string;
    deployed: Deployed;
    rows: number;
    /** People in the hold-out, where people are compared. */
    people: number | null;
  },
): Promise<Guidance> => {
  const technology = context.read(technologyDocument);
  const requirements = context.read(requirementsDocument);
  const record = readRun(context, facts.deployed.run)!;
  const deployed = nameOf(facts.deployed);
  const exported = readExport(context.root);
  const recomputed = await recomputeMetrics(context, {
    files: ['full', 'baseline', 'trivial'].map((name) => context.at('runs/holdout', `${name}.csv`)),
    names: ['full', 'baseline', 'trivial'],
    task: technology.task,
    metric: technology.decided_by,
    positive: technology.positive_class,
    compareFrom: () => deployed,
  });
  const names: Record<string, string> = {
    full: technology.choice.model,
    baseline: facts.strong,
    trivial: facts.trivial,
  };
  const training = {
    command: facts.trained.argv.slice(1).join(' '),
    exit_code: facts.trained.exitCode,
    seconds: record.seconds,
    epochs: record.epochs,
    rows: facts.rows,
    of_rows: technology.rows.full,
    batch_size: record.batch_size,
    peak_memory_mb: record.peak_memory_mb,
    parameters: record.parameters,
    checkpoint_sha256: record.checkpoint_sha256,
  };
  const { costs } = facts;
  const machines = machinesOf(context, costs, batchOf(context.rules.ML, technology.rows.full));
  const modelMb = statSync(context.at('models/current/model.onnx')).size / 1e6;
  const measured: Record<string, number> = {
    ...recomputed.metrics[deployed],
    training_time: record.seconds,
    model_size: modelMb,
  };
  const chosen = readRun(context, 'runs/full')!;
  const byForecast: Record<string, number> = {
    training_time: facts.trained.seconds,
    peak_memory: chosen.peak_memory_mb,
    parameters: chosen.parameters,
    [technology.decided_by]: recomputed.metrics.full![technology.decided_by]!,
  };
  return {
    model: names[deployed]!,
    deployed: facts.deployed,
    settings: settingRanges(context, technology, record),
    forecasts: facts.forecasts.map((one) => ({ ...one, measured: byForecast[one.what] ?? null })),
    costs: {
      network: costs.model,
      parameters: costs.parameters,
      static_mb: costs.static_mb,
      kb_per_row: costs.kb_per_row,
      memory_error: costs.memory_error,
      time_error: costs.time_error,
      learning_rate: costs.learning_rate.suggested,
    },
    machines,
    scripts: machineScripts(context, record, machines),
    checklist: checklist(context, {
      distributed: facts.distributed.exit_code === 0 && facts.distributed.world_size >= 2,
      withinBudget: record.seconds <= budgetSeconds(context, requirements),
      parity: exported.parity.max_abs_difference <= exported.parity.tolerance,
      holdout: (recomputed.rows[deployed] ?? 0) > 0,
    }),
    monitoring: watchPoints(context),
    distributed: facts.distributed,
    training,
    export: { version: exported.version, model_mb: modelMb, ...exported.parity },
    holdout: {
      rows: recomputed.rows[deployed]!,
      ...(facts.people === null ? {} : { compared: { people: facts.people, picture: 'error_rates.svg' } }),
      predictions_sha256: recomputed.sha256[deployed]!,
      metrics: recomputed.metrics[deployed]!,
      own_metrics: readOwnMetrics(context.root, deployed),
      baselines: ['baseline', 'trivial'].map((name) => ({
        model: names[name]!,
        trivial: name === 'trivial',
        metrics: recomputed.metrics[name]!,
      })),
      comparisons: recomputed.comparisons
        .filter(({ b }) => b !== 'full')
        .map((one) => ({ ...one, a: names[one.a]!, b: names[one.b]! })),
    },
    slas: checkSlas(requirements.items, measured, ['quality']).concat(
      checkSlas(requirements.items, measured, ['size', 'service', 'cost'], ['training_time', 'model_size']),
    ),
  };
};

const checklist = (
  context: StageContext,
  facts: { distributed: boolean; withinBudget: boolean; parity: boolean; holdout: boolean },
): Guidance['checklist'] => [
  {
    item: context.say(
      '一个 epoch 从零运行两次，结果一致（2.3）',
      'one epoch twice from clean with the same result (2.3)',
    ),
    done: repeated(context),
  },
  { item: context.say('两个进程的分布式运行成功', 'distributed run with two processes'), done: facts.distributed },
  { item: context.say('全量训练在预算内完成', 'full training within the budget'), done: facts.withinBudget },
  { item: context.say('导出 ONNX 并通过一致性检查', 'ONNX export with parity check'), done: facts.parity },
  { item: context.say('留出集只读一次', 'hold-out read once'), done: facts.holdout },
];

/** What the report of 2.3 shows: every run from clean ended well, with one and the same checkpoint. */
const repeated = (context: StageContext): boolean => {
  const { clean_runs, unresolved } = context.read(bugfixDocument);
  const checkpoints = new Set(clean_runs.map(({ checkpoint_sha256 }) => checkpoint_sha256));
  return unresolved === null && clean_runs.every(({ exit_code }) => exit_code === 0) && checkpoints.size === 1;
};
