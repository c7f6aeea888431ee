import { rmSync } from 'node:fs';
import type { Bugfix } from '../../artifacts/documents/bugfix.ts';
import { technologyDocument } from '../../artifacts/documents/technology.ts';
import { figure } from '../../artifacts/markdown.ts';
import { type Reason, refuseIf } from '../../pipeline/verdict.ts';
import type { StageContext } from '../context.ts';
import { recomputeMetrics } from '../recompute.ts';
import { readLosses } from '../run-folder.ts';
import { familyOf, hasTwins } from '../templates.ts';
import { networkOf } from './training-costs.ts';

const frameworks = ['torch', 'paddle'] as const;
const folderOf = (framework: string) => `runs/twin-${framework}`;

/** One epoch of one network by both frameworks: from the same weights, on the same batches, without random numbers. */
export const runTwins = async (context: StageContext): Promise<Bugfix['twins']> => {
  if (context.settings.framework === 'torch') return null;
  const technology = context.read(technologyDocument);
  const { task } = technology;
  const reason = hasTwins(context.config, task)
    ? await context.workbench.withoutPaddle()
    : context.say(`${task} 的网络没有 PaddlePaddle 版`, `the networks of ${task} have no twins in PaddlePaddle`);
  if (reason !== null) return { state: 'not run here', reason };
  const model = networkOf(context, technology);
  const { still } = familyOf(context.config, task);
  context.progress(context.say('PyTorch 与 PaddlePaddle 并行比对', 'holding PyTorch and PaddlePaddle side by side'));
  const runs = await Promise.all(
    frameworks.map(async (framework) => {
      const output = folderOf(framework);
      rmSync(context.at(output), { recursive: true, force: true });
      const script = ['scripts/train.py', '--config', 'configs/config.yaml', '--data', 'data/mini', '--epochs', '1', '--framework', framework, '--output', output, `model.name=${model}`, ...still]; // biome-ignore format: an argv
      const { exitCode, seconds, stderr } = await context.fork(script, {
        cwd: context.root,
        limitSeconds: context.rules.DEBUG_CODE.run_limit_seconds,
      });
      return { framework, exit_code: exitCode, seconds, error: exitCode === 0 ? '' : stderr.trim().slice(-2000) };
    }),
  );
  const measured = runs.every(({ exit_code }) => exit_code === 0) ? await measure(context) : null;
  return { state: 'run', model, runs, figures: measured ?? [] };
};

type Figure = Extract<NonNullable<Bugfix['twins']>, { state: 'run' }>['figures'][number];

/**
 * Losses as the runs wrote them; the metric recomputed from the predictions of either. Where rows are decided,
 * rounding may decide one otherwise.
 */
const measure = async (context: StageContext): Promise<Figure[]> => {
  const { task, metric, positive_class } = context.read(technologyDocument);
  const { metrics, rows } = await recomputeMetrics(context, {
    files: frameworks.map((framework) => context.at(folderOf(framework), 'valid.csv')),
    names: [...frameworks],
    task,
    metric,
    positive: positive_class,
  });
  const [torch, paddle] = frameworks.map((framework) => [
    ...readLosses(context, folderOf(framework)),
    metrics[framework]?.[metric] ?? null,
  ]) as [(number | null)[], (number | null)[]];
  const { twin_tolerance } = context.rules.ML;
  const oneRow = valued.has(task) ? 0 : 1 / Math.max(1, rows.torch ?? 1);
  return ['loss (train)', 'loss (valid)', metric].map((name, index) => ({
    name,
    ...compared(torch[index] ?? Number.NaN, paddle[index] ?? Number.NaN),
    allowed: name === metric ? twin_tolerance + oneRow : twin_tolerance,
  }));
};

const valued = new Set(['tabular_regression', 'time_series_forecasting']);

/** A difference counts as a share of figures above one. */
const compared = (torch: number, paddle: number) => ({
  torch,
  paddle,
  difference: Math.abs(torch - paddle) / Math.max(1, Math.abs(torch), Math.abs(paddle)),
});

/** What is measured again of the run folders, or why there is nothing to measure. */
export const collectTwins = async (context: StageContext, recorded: Bugfix['twins']): Promise<Bugfix['twins']> =>
  recorded?.state === 'run' && recorded.runs.every(({ exit_code }) => exit_code === 0)
    ? { ...recorded, figures: await measure(context) }
    : recorded;

export const twinReasons = (twins: Bugfix['twins']): (Reason | false)[] =>
  twins?.state !== 'run'
    ? []
    : [
        ...twins.runs.map(({ framework, exit_code, error }) =>
          refuseIf(exit_code !== 0, `${framework} twin`, `train.py exited with ${exit_code}: ${error}`),
        ),
        ...twins.figures.map(({ name, torch, paddle, difference, allowed }) =>
          refuseIf(
            !(difference <= allowed),
            `${name} of ${twins.model}`,
            `PyTorch gives ${torch}, PaddlePaddle ${paddle}: more than ${figure(allowed)} apart`,
            `PyTorch 为 ${torch}，PaddlePaddle 为 ${paddle}：相差超过 ${figure(allowed)}`,
          ),
        ),
      ];
