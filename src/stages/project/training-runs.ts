import type { Guidance } from '../../artifacts/documents/guidance.ts';
import type { Technology } from '../../artifacts/documents/technology.ts';
import { readJson } from '../../world/files.ts';
import { expectSuccess, type RunResult } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { projectEnvironment } from '../device.ts';
import { readRun } from '../run-folder.ts';

export const train = (
  context: StageContext,
  options: { data: string; output: string; limitSeconds: number },
): Promise<RunResult> =>
  context.tool(
    [
      projectEnvironment(context).python,
      'scripts/train.py',
      '--config',
      'configs/config.yaml',
      '--data',
      options.data,
      '--output',
      options.output,
    ],
    { cwd: context.root, limitSeconds: options.limitSeconds, limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb },
  );

export const trainForked = async (
  context: StageContext,
  model: string,
  { data, output, limitSeconds }: { data: string; output: string; limitSeconds: number },
): Promise<void> => {
  const result = await context.fork(
    ['scripts/train.py', '--config', 'configs/config.yaml', '--data', data, '--output', output, `model.name=${model}`],
    { cwd: context.root, limitSeconds },
  );
  expectSuccess(result, `Training the baseline ${model}`);
};

/** A classical model has nothing to distribute: the script is then proved with the network of the same project. */
export const trainDistributed = async (
  context: StageContext,
  network: string,
  { choice: { model } }: Technology,
): Promise<Guidance['distributed']> => {
  const command = [
    ...launcher(context, 2), 'scripts/train.py', '--config', 'configs/config.yaml',
    '--data', 'data/mini', '--epochs', '1', '--output', 'runs/distributed', ...(network === model ? [] : [`model.name=${network}`]),
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

/** What starts several processes of one training on this machine: each framework brings its own. */
export const launcher = ({ settings }: Pick<StageContext, 'settings'>, processes: number): string[] =>
  settings.framework === 'paddle'
    ? ['-m', 'paddle.distributed.launch', '--nproc_per_node', String(processes), '--log_dir', 'runs/launch']
    : ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(processes)];

export const exportModel = async (context: StageContext, run: string): Promise<void> => {
  const result = await context.fork(['scripts/export.py', '--checkpoint', run, '--output', 'models/current'], {
    cwd: context.root,
    limitSeconds: 300,
  });
  expectSuccess(result, 'Exporting the model');
};

/** The model carries what it measured on the hold-out, so that the service can show it and an alert can watch it. */
export const describeModel = async (context: StageContext, holdout: Record<string, number>): Promise<void> => {
  const model = readJson(context.at('models/current/model.json')) as Record<string, unknown>;
  await context.write('models/current/model.json', `${JSON.stringify({ ...model, holdout }, null, 1)}\n`);
};

/** The one place where the hold-out is read, after everything else has been decided. */
export const evaluateHoldout = async (context: StageContext): Promise<void> => {
  const result = await context.fork(
    ['scripts/eval.py', '--config', 'configs/config.yaml', '--data', 'data/holdout', '--output', 'runs/holdout',
      ...['runs/full', 'runs/baseline', 'runs/trivial'].flatMap((run) => ['--checkpoint', run])], // biome-ignore format: an argv
    { cwd: context.root, limitSeconds: 300 },
  );
  expectSuccess(result, 'Evaluating on the hold-out');
  context.record('holdout.read', { rows: 'data/holdout', by: 'scripts/eval.py' });
};
