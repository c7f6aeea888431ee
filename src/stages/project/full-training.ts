import { existsSync, rmSync, statSync } from 'node:fs';
import { type Guidance, guidanceDocument } from '../../artifacts/documents/guidance.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type Technology, technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { readJson, sha256File } from '../../world/files.ts';
import { expectSuccess, type RunResult } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { projectEnvironment } from '../device.ts';
import { budgetSeconds } from '../framework/technology.ts';
import { recomputeMetrics } from '../recompute.ts';
import { readRun } from '../run-folder.ts';
import { checkSlas } from '../sla.ts';
import { forecastTraining, machineScripts, settingRanges, watchPoints } from './guidance-content.ts';
import { readExport, readOwnMetrics } from './training-products.ts';

type Evidence = {
  guidance: Pick<Guidance, 'forecasts' | 'settings' | 'checklist' | 'distributed' | 'training' | 'export' | 'slas'>;
  technologyModel: string;
  budget: number;
  checkpoint: { recorded: string; run: string | null };
  holdout: {
    rows: number;
    recorded: string;
    file: string | null;
    own: Record<string, number>;
    recomputed: Record<string, number>;
  };
  loses: { b: string; difference: number; low: number; high: number }[];
  tolerance: number;
};

/** 2.4: guidance, full training within the budget, export, and the one reading of the sealed hold-out. */
export const fullTrainingStage: Stage<StageContext, Evidence> = {
  id: '2.4',
  phase: 2,
  title: { zh: '全量训练', en: 'full training' },
  version: 1,
  owners: ['coder'],
  needs: ['requirements', 'technology', 'project', 'data', 'environment', 'bugfix-report'],
  produces: ['guidance', 'model'],
  settings: ['language', 'budgetMinutes'],
  rules: ['ML'],
  async run(context) {
    const technology = context.read(technologyDocument);
    const requirements = context.read(requirementsDocument);
    const forecasts = forecastTraining(technology);
    for (const folder of [
      'runs/full',
      'runs/baseline',
      'runs/trivial',
      'runs/distributed',
      'runs/holdout',
      'models/current',
    ]) {
      rmSync(context.at(folder), { recursive: true, force: true });
    }
    context.progress(context.say('全量训练', 'training fully'));
    const limitSeconds = budgetSeconds(context, requirements) * 1.2 + 60;
    const trivial = technology.baselines.find((one) => one.trivial)!.model;
    const strong = technology.choice.strongest_baseline;
    const [trained, distributed] = await Promise.all([
      train(context, [projectEnvironment(context).python], 'runs/full', [], limitSeconds),
      trainDistributed(context, technology.choice.model),
      trainForked(context, 'runs/baseline', strong, limitSeconds),
      trainForked(context, 'runs/trivial', trivial, limitSeconds),
    ]);
    expectSuccess(trained, 'Full training');
    context.progress(context.say('读取留出集并导出', 'reading the hold-out, exporting'));
    await evaluateHoldout(context);
    const deployed = await decideDeployed(context, technology, strong);
    await exportModel(context, deployed.run);
    const guidance = await compose(context, { trained, distributed, forecasts, trivial, strong, deployed });
    await context.put(guidanceDocument, guidance);
    await describeModel(context, guidance.holdout.metrics);
  },
  async adopt(context) {
    await context.put(guidanceDocument, context.read(guidanceDocument));
  },
  async collect(context) {
    const guidance = context.read(guidanceDocument);
    const technology = context.read(technologyDocument);
    const predictions = context.at(holdoutFile(guidance.deployed));
    const recomputed = await recomputeMetrics(context, {
      files: [predictions],
      names: ['full'],
      task: technology.task,
      metric: technology.metric,
      positive: technology.positive_class,
    });
    const { forecasts, settings, checklist, distributed, training, export: exported, slas } = guidance;
    return {
      guidance: { forecasts, settings, checklist, distributed, training, export: exported, slas },
      technologyModel: technology.choice.model,
      budget: budgetSeconds(context, context.read(requirementsDocument)),
      checkpoint: {
        recorded: training.checkpoint_sha256,
        run: readRun(context, guidance.deployed.run)?.checkpoint_sha256 ?? null,
      },
      holdout: {
        rows: recomputed.rows.full ?? 0,
        recorded: guidance.holdout.predictions_sha256,
        file: existsSync(predictions) ? await sha256File(predictions) : null,
        own: guidance.holdout.own_metrics,
        recomputed: recomputed.metrics.full ?? {},
      },
      loses: guidance.holdout.comparisons
        .filter(({ worse }) => worse)
        .map(({ b, difference, low, high }) => ({ b, difference, low, high })),
      tolerance: context.rules.ML.metric_tolerance,
    };
  },
  gate: ({ guidance, technologyModel, budget, checkpoint, holdout, loses, tolerance }) =>
    verdict([
      refuseIf(guidance.forecasts.length === 0, 'reports/full_train_guidance.md', 'has no forecast'),
      ...guidance.forecasts.map(({ what, predicted, measured }) =>
        refuseIf(!Number.isFinite(predicted) || measured === null, what, 'the forecast has no measurement beside it'),
      ),
      refuseIf(
        guidance.settings.length === 0 || guidance.checklist.length === 0,
        'reports/full_train_guidance.md',
        'lacks ranges or the checklist',
      ),
      refuseIf(
        guidance.distributed.exit_code !== 0,
        'torchrun',
        `two processes ended with ${guidance.distributed.exit_code}: ${guidance.distributed.command}`,
      ),
      refuseIf(
        guidance.distributed.exit_code === 0 && guidance.distributed.world_size < 2,
        'torchrun',
        `ran with ${guidance.distributed.world_size} process`,
      ),
      refuseIf(
        guidance.training.exit_code !== 0,
        'scripts/train.py',
        `full training ended with ${guidance.training.exit_code}`,
      ),
      refuseIf(
        guidance.training.seconds > budget,
        'training_time',
        `took ${guidance.training.seconds.toFixed(1)} s, the budget is ${budget} s`,
      ),
      refuseIf(
        checkpoint.recorded !== checkpoint.run,
        'runs/full',
        'the checkpoint is not the one that the report names',
      ),
      refuseIf(
        guidance.export.max_abs_difference > guidance.export.tolerance,
        'models/current',
        `the exported model differs by ${guidance.export.max_abs_difference}, allowed is ${guidance.export.tolerance}`,
      ),
      refuseIf(guidance.export.batches.length < 3, 'models/current', 'parity was not tested at three batch sizes'),
      refuseIf(holdout.rows === 0, 'data/holdout', 'no prediction for the hold-out'),
      refuseIf(holdout.recorded !== holdout.file, 'runs/holdout/full.csv', 'is not the file that was evaluated'),
      ...Object.entries(holdout.own).map(([name, own]) =>
        refuseIf(
          holdout.recomputed[name] !== undefined && Math.abs(own - holdout.recomputed[name]) > tolerance,
          name,
          `the project says ${own}, recomputed it is ${holdout.recomputed[name]}`,
        ),
      ),
      ...loses.map(({ b, difference, low, high }) =>
        refuseIf(
          true,
          technologyModel,
          `loses to ${b} on the hold-out beyond noise: ${difference.toPrecision(3)} (${low.toPrecision(3)} to ${high.toPrecision(3)})`,
        ),
      ),
      ...guidance.slas.map((row) => refuseIf(!row.met, row.id, notMet(row, holdout.rows, technologyModel))),
    ]),
};

const notMet = (row: Guidance['slas'][number], rows: number, model: string): string =>
  `not met: ${row.subject} measured ${row.measured === null ? 'nothing' : Number(row.measured.toPrecision(4))}, asked ${row.op} ${row.asked}${row.unit ? ` ${row.unit}` : ''} (hold-out of ${rows} rows, best of the candidates: ${model}). ` +
  'What would help: more rows, columns that say more about the target, or a longer --budget. To go on with another figure, a person edits it in spec/requirements.md and runs specwright resume';

const train = (
  context: StageContext,
  python: [string, ...string[]],
  output: string,
  overrides: string[],
  limitSeconds: number,
): Promise<RunResult> =>
  context.tool(
    [
      ...python,
      'scripts/train.py',
      '--config',
      'configs/config.yaml',
      '--data',
      'data/full',
      '--output',
      output,
      ...overrides,
    ],
    { cwd: context.root, limitSeconds, limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb },
  );

const trainForked = async (
  context: StageContext,
  output: string,
  model: string,
  limitSeconds: number,
): Promise<void> => {
  const result = await context.fork(
    [
      'scripts/train.py',
      '--config',
      'configs/config.yaml',
      '--data',
      'data/full',
      '--output',
      output,
      `model.name=${model}`,
    ],
    { cwd: context.root, limitSeconds },
  );
  expectSuccess(result, `Training the baseline ${model}`);
};

/** A classical model has nothing to distribute: the script is then proved with the network of the same project. */
const trainDistributed = async (context: StageContext, model: string): Promise<Guidance['distributed']> => {
  const command = [
    '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', 'scripts/train.py', '--config', 'configs/config.yaml',
    '--data', 'data/mini', '--epochs', '1', '--output', 'runs/distributed', ...(model === 'mlp' || model === 'tabm' ? [] : ['model.name=mlp']),
  ]; // biome-ignore format: an argv
  const result = await context.tool([projectEnvironment(context).python, ...command], {
    cwd: context.root,
    limitSeconds: context.rules.DEBUG_CODE.run_limit_seconds,
    env: { OMP_NUM_THREADS: '1' },
  });
  return {
    command: ['python', ...command].join(' '),
    exit_code: result.exitCode,
    world_size: readRun(context, 'runs/distributed')?.world_size ?? 0,
    seconds: result.seconds,
  };
};

const exportModel = async (context: StageContext, run: string): Promise<void> => {
  const result = await context.fork(['scripts/export.py', '--checkpoint', run, '--output', 'models/current'], {
    cwd: context.root,
    limitSeconds: 300,
  });
  expectSuccess(result, 'Exporting the model');
};

/** The model carries what it measured on the hold-out, so that the service can show it and an alert can watch it. */
const describeModel = async (context: StageContext, holdout: Record<string, number>): Promise<void> => {
  const model = readJson(context.at('models/current/model.json')) as Record<string, unknown>;
  await context.write('models/current/model.json', `${JSON.stringify({ ...model, holdout }, null, 1)}\n`);
};

/** The one place where the hold-out is read, after everything else has been decided. */
const evaluateHoldout = async (context: StageContext): Promise<void> => {
  const result = await context.fork(
    ['scripts/eval.py', '--config', 'configs/config.yaml', '--data', 'data/holdout', '--output', 'runs/holdout',
      ...['runs/full', 'runs/baseline', 'runs/trivial'].flatMap((run) => ['--checkpoint', run])], // biome-ignore format: an argv
    { cwd: context.root, limitSeconds: 300 },
  );
  expectSuccess(result, 'Evaluating on the hold-out');
  context.record('holdout.read', { rows: 'data/holdout', by: 'scripts/eval.py' });
};

type Deployed = Guidance['deployed'];

const nameOf = ({ run }: Pick<Deployed, 'run'>): 'full' | 'baseline' => (run === 'runs/full' ? 'full' : 'baseline');

/** Predictions of the deployed model for the hold-out. */
export const holdoutFile = (deployed: Pick<Deployed, 'run'>): string => `runs/holdout/${nameOf(deployed)}.csv`;

/** A model that loses to the strong baseline beyond noise is not deployed; the better one is, and the report says so. */
const decideDeployed = async (context: StageContext, technology: Technology, strong: string): Promise<Deployed> => {
  const { comparisons } = await recomputeMetrics(context, {
    files: ['full', 'baseline'].map((name) => context.at('runs/holdout', `${name}.csv`)),
    names: ['full', 'baseline'],
    task: technology.task,
    metric: technology.metric,
    positive: technology.positive_class,
    compareFrom: () => 'full',
  });
  const lost = comparisons.find(({ worse }) => worse);
  const { model } = technology.choice;
  if (!lost)
    return {
      run: 'runs/full',
      reason: context.say(`${model} 没有在噪声之外输给 ${strong}`, `${model} does not lose to ${strong} beyond noise`),
    };
  const figures = `${lost.difference.toPrecision(3)} (${lost.low.toPrecision(3)} … ${lost.high.toPrecision(3)})`;
  return {
    run: 'runs/baseline',
    reason: context.say(
      `${model} 在留出集上于噪声之外输给 ${strong}：${figures}，因此部署 ${strong}；此处留出集用于两者之间的选择`,
      `${model} loses to ${strong} on the hold-out beyond noise: ${figures}; ${strong} is deployed, and the hold-out has served to choose between the two`,
    ),
  };
};

const compose = async (
  context: StageContext,
  facts: {
    trained: RunResult;
    distributed: Guidance['distributed'];
    forecasts: Guidance['forecasts'];
    trivial: string;
    strong: string;
    deployed: Deployed;
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
    metric: technology.metric,
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
    batch_size: record.batch_size,
    peak_memory_mb: record.peak_memory_mb,
    parameters: record.parameters,
    checkpoint_sha256: record.checkpoint_sha256,
  };
  const modelMb = statSync(context.at('models/current/model.onnx')).size / 1e6;
  const measured: Record<string, number> = {
    ...recomputed.metrics[deployed],
    training_time: record.seconds,
    model_size: modelMb,
  };
  const byForecast: Record<string, number> = {
    training_time: record.train_seconds,
    peak_memory: record.peak_memory_mb,
    parameters: record.parameters,
    [technology.metric]: recomputed.metrics[deployed]![technology.metric]!,
  };
  return {
    model: names[deployed]!,
    deployed: facts.deployed,
    settings: settingRanges(context, technology, record),
    forecasts: facts.forecasts.map((one) => ({ ...one, measured: byForecast[one.what] ?? null })),
    scripts: machineScripts(context, record),
    checklist: checklist(context, { distributed: facts.distributed.exit_code === 0 }),
    monitoring: watchPoints(context),
    distributed: facts.distributed,
    training,
    export: { version: exported.version, model_mb: modelMb, ...exported.parity },
    holdout: {
      rows: recomputed.rows[deployed]!,
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

const checklist = (context: StageContext, facts: { distributed: boolean }): Guidance['checklist'] => [
  {
    item: context.say(
      '一个 epoch 从零运行两次，结果一致（2.3）',
      'one epoch twice from clean with the same result (2.3)',
    ),
    done: true,
  },
  { item: context.say('两个进程的分布式运行成功', 'distributed run with two processes'), done: facts.distributed },
  { item: context.say('全量训练在预算内完成', 'full training within the budget'), done: true },
  { item: context.say('导出 ONNX 并通过一致性检查', 'ONNX export with parity check'), done: true },
  { item: context.say('留出集只读一次', 'hold-out read once'), done: true },
];
