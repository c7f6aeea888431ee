import path from 'node:path';
import { z } from 'zod';
import type { Requirements } from '../../../artifacts/requirements.ts';
import { AppError } from '../../../errors.ts';
import { expectSuccess, lastLines, type RunResult } from '../../../world/processes.ts';
import type { StageContext } from '../../context.ts';
import { recomputeMetrics } from '../../recompute.ts';
import { type Scan, scanFiles } from '../../scan.ts';
import { compareArgv } from '../technology-probe.ts';
import { type FurtherDesk, schemaFile, shuffledFolder } from './further-desk.ts';
import { type FurtherNetwork, furtherModule } from './further-layer.ts';

/** What a check found; empty: nothing. */
export type Findings = string[];
type Check = { name: string; look(): Promise<Findings> };

/** How the network and the best of the shipped ones predict answers that were dealt out anew; both must know nothing. */
export type Shuffled = { metric: string; model: number; reference: number };

/** Share of the loss on shuffled answers that chance may take away; who gains more has looked them up. */
const chance = 0.1;

/**
 * The gates of a further network before it is measured, the cheapest first; the first that finds something ends them.
 * All are of what was written, none of what its author says about it.
 */
export const checkFurther = async (
  context: StageContext,
  requirements: Requirements,
  {
    desk,
    network,
    family,
  }: { desk: FurtherDesk; network: FurtherNetwork; family: { trivial: string; baselines: string[] } },
): Promise<{ passed: true; shuffled: Shuffled } | { passed: false; check: string; findings: Findings }> => {
  let shuffled: Shuffled | null = null;
  const file = furtherModule(network.model);
  const ran = async (argv: string[]) => failureOf(await desk.python(argv));
  const checks: Check[] = [
    { name: 'settings', look: () => registered(desk, network) },
    { name: 'what a network may do', look: () => checkModule(context, path.join(desk.folder, file), desk) },
    {
      name: 'no stubs, types, lengths',
      look: async () => scanFindings(context, await scanFiles(context, desk.folder, [file])),
    },
    { name: 'ruff', look: () => ran(['-m', 'ruff', 'check', '--no-cache', '--output-format', 'concise', file]) },
    { name: 'mypy', look: () => ran(['-m', 'mypy', '--no-error-summary', '--cache-dir', '/dev/null', file]) },
    {
      name: 'tests of every network',
      look: () => ran(['-m', 'pytest', '-q', '-x', '--tb=short', '-p', 'no:cacheprovider', 'tests/test_models.py', 'tests/test_run.py', '-k', network.model]), // biome-ignore format: an argv
    },
    {
      name: 'shuffled answers',
      look: async () => {
        const models = [family.trivial, family.baselines[0]!, network.model];
        const place = { models, data: shuffledFolder, schema: schemaFile, output: shuffledRuns, rows: 0 };
        await desk.shuffle();
        const failure = await ran(compareArgv(context, requirements, place));
        if (failure.length > 0) return failure;
        shuffled = await lossesOnShuffled(context, requirements, { desk, models });
        return lookedUp(shuffled)
          ? [
              `predicts answers that were dealt out anew: ${shuffled.metric} ${shuffled.model}, others have ${shuffled.reference}`,
            ]
          : [];
      },
    },
  ];
  for (const { name, look } of checks) {
    const findings = await look();
    context.record('further.checked', { model: network.model, check: name, findings: findings.slice(0, 10) });
    if (findings.length > 0) return { passed: false, check: name, findings: findings.slice(0, 20) };
  }
  return { passed: true, shuffled: shuffled! };
};

export const lookedUp = ({ model, reference }: Shuffled): boolean => !(model >= reference * (1 - chance));

const registered = async (desk: FurtherDesk, network: FurtherNetwork): Promise<Findings> => {
  try {
    await desk.register(network);
    return [];
  } catch (error) {
    if (error instanceof AppError) return [error.message];
    throw error;
  }
};

const found = z.array(z.object({ line: z.number(), what: z.string() }));

/** Names are looked up in the libraries, in the folder of the project; the module itself is not run. */
export const checkModule = async (
  context: StageContext,
  file: string,
  { folder, package: name = 'ml_project' }: { folder: string; package?: string },
): Promise<Findings> => {
  const script = path.join(context.config.packageFolder, 'python', 'check_module.py');
  const result = await context.fork([script, file, name], { cwd: folder, limitSeconds: 60 });
  return found
    .parse(JSON.parse(expectSuccess(result, 'Checking the module').stdout))
    .map(({ line, what }) => `line ${line}: ${what}`);
};

export const failureOf = (result: RunResult): Findings =>
  result.exitCode === 0 ? [] : [`exit code ${result.exitCode} (${result.ended})`, ...lastLines(result, 18).split('\n')];

const scanFindings = ({ rules: { ML } }: StageContext, { files }: Scan): Findings =>
  files.flatMap(({ error, lines, stubs, functions }) => [
    ...(error === null ? [] : [error]),
    ...(lines > ML.file_lines ? [`has ${lines} lines, at most ${ML.file_lines}`] : []),
    ...stubs.map(({ line, what }) => `line ${line}: is unfinished: ${what}`),
    ...functions.filter(({ typed }) => !typed).map(({ line, name }) => `line ${line}: ${name} lacks types`),
    ...functions
      .filter((one) => one.lines > ML.function_lines)
      .map(({ line, name, lines: long }) => `line ${line}: ${name} has ${long} lines, at most ${ML.function_lines}`),
  ]);

const shuffledRuns = 'runs/shuffled';

/** Losses of out-of-fold predictions, recomputed by the engine, on rows whose answers say nothing. */
const lossesOnShuffled = async (
  context: StageContext,
  { task, positive_class }: Requirements,
  { desk, models }: { desk: FurtherDesk; models: string[] },
): Promise<Shuffled> => {
  const metric = task!.endsWith('classification') ? 'log_loss' : 'rmse';
  const { metrics } = await recomputeMetrics(context, {
    files: models.map((model) => path.join(desk.folder, shuffledRuns, model, 'oof.csv')),
    names: models,
    task: task!,
    metric,
    positive: positive_class,
  });
  const losses = models.map((model) => metrics[model]![metric]!);
  return { metric, model: losses.at(-1)!, reference: Math.min(...losses.slice(0, -1)) };
};
