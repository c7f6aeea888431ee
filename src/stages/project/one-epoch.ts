import { existsSync, rmSync } from 'node:fs';
import { type Bugfix, bugfixDocument } from '../../artifacts/documents/bugfix.ts';
import { technologyDocument } from '../../artifacts/documents/technology.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { exceptionOf, type Failure } from '../../repair/fault.ts';
import { knownFaults } from '../../repair/known-faults.ts';
import { type RepairRecord, repairUntilPassing } from '../../repair/loop.ts';
import type { RunResult } from '../../world/processes.ts';
import { agrees } from '../agreement.ts';
import type { StageContext } from '../context.ts';
import { projectEnvironment } from '../device.ts';
import { modelTests } from '../model-notes.ts';
import { largestDifference, readPredictions } from '../predictions.ts';
import { recomputeMetrics } from '../recompute.ts';
import { repairBench } from '../repair-bench.ts';
import { readLosses, readRun } from '../run-folder.ts';
import { codeBench } from './code-repair.ts';
import { modelRepair } from './model-repair.ts';
import { collectTwins, runTwins, twinReasons } from './twins.ts';

const runs = ['runs/one-epoch-a', 'runs/one-epoch-b'] as const;

type Evidence = {
  runs: {
    run: string;
    exitCode: number;
    losses: (number | null)[];
    checkpoint: string | null;
    ownHash: string | null;
  }[];
  reload: { exitCode: number; rows: number; largestDifference: number | null };
  metrics: { name: string; own: number | null; recomputed: number }[];
  tolerance: number;
  /** Single precision rounds otherwise in another batch; labels must agree. */
  predictionTolerance: number;
  cleanRuns: number;
  unresolved: string | null;
  twins: Bugfix['twins'];
};

/** 2.3: one epoch on the mini set, twice from clean in fresh processes; known faults are mended on the way. */
export const oneEpochStage: Stage<StageContext, Evidence> = {
  id: '2.3',
  phase: 2,
  title: { zh: '一个 epoch', en: 'one epoch' },
  version: 1,
  owners: ['coder', 'tester'],
  needs: ['technology', 'project', 'environment', 'mini-data'],
  produces: ['bugfix-report', 'project'],
  settings: ['language', 'framework'],
  rules: ['DEBUG_CODE', 'ML'],
  async run(context) {
    for (const run of runs) rmSync(context.at(run), { recursive: true, force: true });
    const { results, outcome } = await runAndMend(context);
    if (outcome.passed) await modelTests(context, 'scripts/train.py ran for one epoch, twice from clean.');
    await context.put(bugfixDocument, {
      command: 'python scripts/train.py --config configs/config.yaml --data data/mini --epochs 1',
      faults: outcome.records,
      unresolved: outcome.unresolved,
      twins: outcome.passed ? await runTwins(context) : null,
      clean_runs: results.map((result, index) => {
        const record = readRun(context, runs[index]!);
        return {
          run: runs[index]!,
          exit_code: result.exitCode,
          seconds: result.seconds,
          checkpoint_sha256: record?.checkpoint_sha256 ?? null,
          losses: readLosses(context, runs[index]!),
          metrics: record?.metrics.valid ?? {},
          peak_memory_mb: record?.peak_memory_mb ?? null,
        };
      }),
    });
  },
  async collect(context) {
    const report = context.read(bugfixDocument);
    const checked = report.clean_runs.map(({ run, exit_code }) => {
      const record = readRun(context, run);
      return {
        run,
        exitCode: exit_code,
        losses: readLosses(context, run),
        checkpoint: record?.checkpoint_sha256 ?? null,
        ownHash: record?.predictions_sha256 ?? null,
      };
    });
    const usable = checked.every(({ exitCode }) => exitCode === 0) && existsSync(context.at(runs[0], 'valid.csv'));
    return {
      runs: checked,
      reload: usable ? await reload(context) : { exitCode: 1, rows: 0, largestDifference: null },
      metrics: usable ? await compareMetrics(context) : [],
      tolerance: context.rules.ML.metric_tolerance,
      predictionTolerance: context.rules.ML.prediction_tolerance,
      cleanRuns: context.rules.DEBUG_CODE.clean_runs,
      unresolved: report.unresolved,
      twins: await collectTwins(context, report.twins),
    };
  },
  gate: ({
    runs: clean,
    reload: again,
    metrics,
    tolerance,
    predictionTolerance,
    cleanRuns: wanted,
    unresolved,
    twins,
  }) =>
    verdict([
      refuseIf(unresolved !== null, 'scripts/train.py', `a fault is open: ${unresolved}`),
      refuseIf(clean.length < wanted, 'scripts/train.py', `ran ${clean.length} times from clean, ${wanted} are asked`),
      ...clean.flatMap((run) => [
        refuseIf(run.exitCode !== 0, run.run, `train.py exited with ${run.exitCode}`),
        refuseIf(run.exitCode === 0 && run.losses.length === 0, run.run, 'metrics.csv holds no loss'),
        refuseIf(
          run.losses.some((loss) => loss === null),
          run.run,
          'a loss is not finite',
        ),
        refuseIf(run.exitCode === 0 && run.checkpoint === null, run.run, 'no checkpoint was written'),
      ]),
      refuseIf(
        new Set(clean.map(({ checkpoint }) => checkpoint)).size > 1,
        'checkpoint',
        'two runs from clean with one seed gave different checkpoints',
      ),
      refuseIf(again.exitCode !== 0, 'scripts/eval.py', `exited with ${again.exitCode}`),
      refuseIf(again.exitCode === 0 && again.rows === 0, 'checkpoint', 'gave no predictions after reloading'),
      refuseIf(
        (again.largestDifference ?? 0) > predictionTolerance,
        'checkpoint',
        `its predictions differ by ${again.largestDifference} after reloading`,
      ),
      ...metrics.map(({ name, own, recomputed }) =>
        refuseIf(!agrees(own, recomputed, tolerance), name, `the project says ${own}, recomputed it is ${recomputed}`),
      ),
      ...twinReasons(twins),
    ]),
};

type Outcome = Awaited<ReturnType<typeof repairUntilPassing>>;

/**
 * Two runs from clean; where they fail, or where the good version's tests tell a silent fault, what was changed in the
 * code is returned piece by piece as far as that mends it, then the table of known faults has its turn, then a model
 * where one works as coder.
 */
export const runAndMend = async (context: StageContext): Promise<{ results: RunResult[]; outcome: Outcome }> => {
  const { maximum_repairs } = context.rules.DEBUG_CODE;
  const bench = await codeBench(context);
  const records: RepairRecord[] = [];
  let results = await cleanRuns(context);
  for (;;) {
    const failed = results.find((result) => result.exitCode !== 0);
    const failure = failed ? asFailure(failed) : bench.changed ? await bench.silentFailure() : null;
    if (!failure) return { results, outcome: { passed: true, records, unresolved: null } };
    context.progress(context.say('失败，正在修复', 'failed, mending'));
    const record = bench.changed && records.length < maximum_repairs ? await bench.mend(failure) : null;
    if (record) records.push(record);
    else {
      const tried = records.length;
      if (failed) records.push(...(await mendKnown(context, failure, maximum_repairs - tried)));
      const mended = records.slice(tried).some(({ kept }) => kept);
      if (!mended) records.push(...(await mendByModel(context, failure, records)));
      if (!records.slice(tried).some(({ kept }) => kept))
        return { results, outcome: { passed: false, records, unresolved: unresolvedOf(failure) } };
    }
    results = await cleanRuns(context);
  }
};

/** The table of known faults; the failure that is left after it is looked at again by the caller. */
const mendKnown = async (context: StageContext, first: Failure, maximumRepairs: number): Promise<RepairRecord[]> => {
  const { records } = await repairUntilPassing({
    first,
    attempt: async () => asFailure(await trainFresh(context, runs[0])),
    bench: await repairBench(context),
    faults: knownFaults,
    maximumRepairs,
    triesPerFault: context.rules.DEBUG_CODE.tries_per_fault,
  });
  return records;
};

/** A silent fault is tried again by the test that told it, any other by an epoch. */
const mendByModel = async (
  context: StageContext,
  failure: Failure,
  before: RepairRecord[],
): Promise<RepairRecord[]> => {
  const { maximum_repairs, tries_per_fault } = context.rules.DEBUG_CODE;
  const attempt = async () =>
    failure.command.includes('pytest')
      ? (await codeBench(context)).silentFailure()
      : asFailure(await trainFresh(context, runs[0]));
  const records: RepairRecord[] = [];
  while (records.length < Math.min(tries_per_fault, maximum_repairs - before.length)) {
    const record = await modelRepair(context, failure, { attempt, tried: [...before, ...records] });
    if (record) records.push(record);
    if (!record || record.kept) break;
  }
  return records;
};

const unresolvedOf = ({ command, output }: Failure): string => {
  const { name, message } = exceptionOf(output);
  return `${name}: ${message}; to see it: ${command}`;
};

const trainArguments = (run: string) =>
  [
    'scripts/train.py',
    '--config',
    'configs/config.yaml',
    '--data',
    'data/mini',
    '--epochs',
    '1',
    '--output',
    run,
  ] as const;

const trainFresh = (context: StageContext, run: string): Promise<RunResult> => {
  rmSync(context.at(run), { recursive: true, force: true });
  return context.tool([projectEnvironment(context).python, ...trainArguments(run)], {
    cwd: context.root,
    limitSeconds: context.rules.DEBUG_CODE.run_limit_seconds,
    limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb,
  });
};

const cleanRuns = (context: StageContext): Promise<RunResult[]> =>
  Promise.all(runs.map((run) => trainFresh(context, run)));

const asFailure = (result: RunResult): Failure | null =>
  result.exitCode === 0
    ? null
    : {
        command: result.argv.join(' '),
        exitCode: result.exitCode,
        ended: result.ended,
        output: result.stderr || result.stdout,
      };

/** The checkpoint, loaded again by another program in another process, must predict the same for the same rows. */
const reload = async (context: StageContext): Promise<Evidence['reload']> => {
  const folder = `${context.scratch}/reload`;
  const result = await context.fork(
    [
      'scripts/eval.py',
      '--config',
      'configs/config.yaml',
      '--checkpoint',
      runs[0],
      '--data',
      'data/mini',
      '--output',
      folder,
    ],
    { cwd: context.root, limitSeconds: context.rules.DEBUG_CODE.run_limit_seconds },
  );
  if (result.exitCode !== 0) return { exitCode: result.exitCode, rows: 0, largestDifference: null };
  const before = readPredictions(context.at(runs[0], 'valid.csv'));
  const after = readPredictions(`${folder}/one-epoch-a.csv`);
  return { exitCode: 0, rows: before.size, largestDifference: largestDifference(before, after) };
};

const compareMetrics = async (context: StageContext): Promise<Evidence['metrics']> => {
  const technology = context.read(technologyDocument);
  const recomputed = await recomputeMetrics(context, {
    files: [context.at(runs[0], 'valid.csv')],
    names: ['valid'],
    task: technology.task,
    metric: technology.metric,
    positive: technology.positive_class,
  });
  const own = readRun(context, runs[0])?.metrics.valid ?? {};
  return Object.entries(recomputed.metrics.valid ?? {})
    .filter(([name]) => name === technology.metric || own[name] !== undefined)
    .map(([name, value]) => ({ name, own: own[name] ?? null, recomputed: value }));
};
