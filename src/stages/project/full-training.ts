import { existsSync, rmSync } from 'node:fs';
import { bugfixDocument } from '../../artifacts/documents/bugfix.ts';
import { type Guidance, guidanceDocument } from '../../artifacts/documents/guidance.ts';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type Technology, technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { type Reason, refuseIf, verdict } from '../../pipeline/verdict.ts';
import { sha256File } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import { agrees } from '../agreement.ts';
import type { StageContext } from '../context.ts';
import { budgetSeconds } from '../framework/technology-probe.ts';
import { recomputeMetrics } from '../recompute.ts';
import { readRun } from '../run-folder.ts';
import { effortOf } from '../templates.ts';
import { errorRatesPicture, readCompared } from './error-rates-picture.ts';
import { forecastTraining, type OneEpoch } from './guidance-content.ts';
import { measureCosts, networkOf } from './training-costs.ts';
import { rowsThatFit, trainingData } from './training-data.ts';
import { composeGuidance, decideDeployed, holdoutFile, nameOf } from './training-report.ts';
import { describeModel, evaluateHoldout, exportModel, train, trainDistributed, trainForked } from './training-runs.ts';

type Evidence = { state: 'no data'; made: NonNullable<Technology['made']>; rows: number } | Trained;

type Trained = {
  state: 'trained';
  guidance: Pick<
    Guidance,
    'forecasts' | 'settings' | 'machines' | 'checklist' | 'distributed' | 'training' | 'export' | 'slas'
  >;
  technologyModel: string;
  budget: number;
  checkpoint: { recorded: string; run: string | null };
  holdout: {
    rows: number;
    /** Where people are compared: how many of them. */
    people?: number | undefined;
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
  version: 4,
  owners: ['coder'],
  needs: ['requirements', 'technology', 'project', 'data', 'environment', 'bugfix-report'],
  produces: ['guidance', 'model'],
  settings: ['language', 'budgetMinutes', 'framework'],
  rules: ['ML'],
  async run(context) {
    const technology = context.read(technologyDocument);
    if (technology.made) return;
    const requirements = context.read(requirementsDocument);
    const rows = await rowsThatFit(context, technology, budgetSeconds(context, requirements));
    const network = networkOf(context, technology);
    const forecasts = forecastTraining(technology, {
      rows,
      epochs: network === technology.choice.model ? effortOf(context.rules.ML, technology.task).epochs : 1,
      oneEpoch: oneEpochOf(context),
    });
    for (const folder of [
      'runs/full',
      'runs/baseline',
      'runs/trivial',
      'runs/distributed',
      'runs/holdout',
      'models/current',
      'data/training',
    ]) {
      rmSync(context.at(folder), { recursive: true, force: true });
    }
    const data = await trainingData(context, technology, rows);
    context.progress(context.say('全量训练', 'training fully'));
    const limitSeconds = budgetSeconds(context, requirements) * 1.2 + 60;
    const trivial = technology.baselines.find((one) => one.trivial)!.model;
    const strong = technology.choice.strongest_baseline;
    // Two at a time, so that the time of the training is that of one on its own core.
    const [trained, costs] = await Promise.all([
      train(context, { data, output: 'runs/full', limitSeconds }),
      trainForked(context, strong, { data, output: 'runs/baseline', limitSeconds })
        .then(() => trainForked(context, trivial, { data, output: 'runs/trivial', limitSeconds }))
        .then(() => measureCosts(context, { data, network, limitSeconds })),
    ]);
    expectSuccess(trained, 'Full training');
    context.progress(context.say('读取留出集并导出', 'reading the hold-out, exporting'));
    const [distributed, deployed] = await Promise.all([
      trainDistributed(context, network, technology),
      evaluateHoldout(context)
        .then(() => decideDeployed(context, technology, { strong, trivial }))
        .then(async (decided) => {
          await exportModel(context, decided.run);
          return decided;
        }),
    ]);
    const compared = readCompared(context.root, nameOf(deployed));
    if (compared) await context.write('reports/error_rates.svg', errorRatesPicture(compared, context.say));
    const guidance = await composeGuidance(context, {
      trained,
      costs,
      distributed,
      forecasts,
      trivial,
      strong,
      deployed,
      rows,
      people: compared?.people ?? null,
    });
    await context.put(guidanceDocument, guidance);
    await describeModel(context, guidance.holdout.metrics);
  },
  async collect(context) {
    const technology = context.read(technologyDocument);
    if (technology.made) return { state: 'no data', made: technology.made, rows: technology.rows.full };
    const guidance = context.read(guidanceDocument);
    const predictions = context.at(holdoutFile(guidance.deployed));
    const recomputed = await recomputeMetrics(context, {
      files: [predictions],
      names: ['full'],
      task: technology.task,
      metric: technology.metric,
      positive: technology.positive_class,
    });
    const { forecasts, settings, machines, checklist, distributed, training, export: exported, slas } = guidance;
    return {
      state: 'trained',
      guidance: { forecasts, settings, machines, checklist, distributed, training, export: exported, slas },
      technologyModel: technology.choice.model,
      budget: budgetSeconds(context, context.read(requirementsDocument)),
      checkpoint: {
        recorded: training.checkpoint_sha256,
        run: readRun(context, guidance.deployed.run)?.checkpoint_sha256 ?? null,
      },
      holdout: {
        rows: recomputed.rows.full ?? 0,
        people: guidance.holdout.compared?.people,
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
  gate: (evidence) => verdict(evidence.state === 'no data' ? [noData(evidence)] : reasons(evidence)),
};

const oneEpochOf = (context: StageContext): OneEpoch => {
  const { clean_runs: runs } = context.read(bugfixDocument);
  return {
    seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length,
    peak_memory_mb: Math.max(...runs.map(({ peak_memory_mb }) => peak_memory_mb ?? 0)),
    rows: readRun(context, runs[0]!.run)?.rows_train ?? 0,
  };
};

const noData = ({ made, rows }: Extract<Evidence, { state: 'no data' }>): Reason => ({
  about: 'data',
  message: `full training, its figures and the deployment need data of yours. Until here the project ran on ${rows} examples made by rule (${made.about.en}). Give data with specwright resume PROJECT --data PATH; or, where the network is open, bring a public set (such as ${made.public}) with scripts/download.py --dataset`,
  zh: `完整训练、质量指标与部署需要您的数据。到此为止，项目用的是按规则自制的 ${rows} 个样本（${made.about.zh}）。请用 specwright resume PROJECT --data PATH 给出数据；网络可用时，也可以用 scripts/download.py --dataset 取公开数据集（例如 ${made.public}）`,
});

const reasons = ({
  guidance,
  technologyModel,
  budget,
  checkpoint,
  holdout,
  loses,
  tolerance,
}: Trained): (Reason | false)[] => [
  refuseIf(guidance.forecasts.length === 0, 'reports/full_train_guidance.md', 'has no forecast'),
  ...guidance.forecasts.map(({ what, predicted, measured }) =>
    refuseIf(!Number.isFinite(predicted) || measured === null, what, 'the forecast has no measurement beside it'),
  ),
  refuseIf(
    guidance.settings.length === 0 || guidance.checklist.length === 0,
    'reports/full_train_guidance.md',
    'lacks ranges or the checklist',
  ),
  ...guidance.machines.map(({ machine, epoch_seconds, low, high }) =>
    refuseIf(
      !(low > 0 && low <= epoch_seconds && epoch_seconds <= high && Number.isFinite(high)),
      'reports/full_train_guidance.md',
      `the figure for ${machine} lacks its error`,
    ),
  ),
  ...guidance.checklist.map(({ item, done }) => refuseIf(!done, 'reports/full_train_guidance.md', `not done: ${item}`)),
  refuseIf(
    guidance.distributed.exit_code !== 0,
    'distributed training',
    `two processes ended with ${guidance.distributed.exit_code}: ${guidance.distributed.command}`,
  ),
  refuseIf(
    guidance.distributed.exit_code === 0 && guidance.distributed.world_size < 2,
    'distributed training',
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
    `用了 ${guidance.training.seconds.toFixed(1)} 秒，预算是 ${budget} 秒`,
  ),
  refuseIf(checkpoint.recorded !== checkpoint.run, 'runs/full', 'the checkpoint is not the one that the report names'),
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
      holdout.recomputed[name] !== undefined && !agrees(own, holdout.recomputed[name], tolerance),
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
  ...guidance.slas.map((row) =>
    refuseIf(!row.met, row.id, notMet(row, holdout, technologyModel), notMetZh(row, holdout, technologyModel)),
  ),
];

type Holdout = Pick<Trained['holdout'], 'rows' | 'people'>;

const notMet = (row: Guidance['slas'][number], { rows, people }: Holdout, model: string): string =>
  `not met: ${row.subject} measured ${row.measured === null ? 'nothing' : Number(row.measured.toPrecision(4))}, asked ${row.op} ${row.asked}${row.unit ? ` ${row.unit}` : ''} (hold-out of ${people === undefined ? `${rows} rows` : `${people} people, ${rows} comparisons`}, best of the candidates: ${model}). ` +
  `What would help: ${people === undefined ? 'more rows, columns that say more about the target' : 'more people with more images each, faces cut out and centred alike'}, or a longer --budget. To go on with another figure, a person edits it in spec/requirements.md and runs specwright resume`;

const notMetZh = (row: Guidance['slas'][number], { rows, people }: Holdout, model: string): string =>
  `未达到：${row.subject} 实测 ${row.measured === null ? '无' : Number(row.measured.toPrecision(4))}，要求 ${row.op} ${row.asked}${row.unit ? ` ${row.unit}` : ''}（留出集 ${people === undefined ? `${rows} 行` : `${people} 人、${rows} 次比较`}，候选中最好的是 ${model}）。` +
  `可能有用的办法：${people === undefined ? '更多的行、更能说明目标的列' : '更多的人、每人更多的图片、把脸裁切居中'}，或更长的 --budget。若可以接受别的数字，请在 spec/requirements.md 中修改，然后运行 specwright resume`;
