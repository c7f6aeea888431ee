import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { dataSchema } from '../data/schema.ts';
import { AppError } from '../errors.ts';
import { readJson } from '../world/files.ts';
import { expectSuccess } from '../world/processes.ts';
import type { StageContext } from './context.ts';

const output = z.object({
  files: z.record(
    z.string(),
    z.object({ rows: z.number(), sha256: z.string(), metrics: z.record(z.string(), z.number()) }),
  ),
  comparisons: z.array(
    z.object({
      a: z.string(),
      b: z.string(),
      metric: z.string(),
      difference: z.number(),
      low: z.number(),
      high: z.number(),
      worse: z.boolean(),
    }),
  ),
});

/** Classes that are grades are told apart by how far they lie from each other, too. */
const isOrdered = (context: StageContext): boolean => {
  const file = context.at('data/schema.json');
  return existsSync(file) && dataSchema.parse(readJson(file)).ordered === true;
};

export type Recomputed = {
  metrics: Record<string, Record<string, number>>;
  rows: Record<string, number>;
  sha256: Record<string, string>;
  comparisons: z.infer<typeof output>['comparisons'];
};

/**
 * Metrics of prediction files by scikit-learn, outside of the generated code, and paired bootstrap comparisons of
 * the file that `compareFrom` names against all others.
 */
export const recomputeMetrics = async (
  context: StageContext,
  request: {
    files: string[];
    names: string[];
    task: string;
    metric: string;
    positive: string | null;
    compareFrom?: (metrics: Recomputed['metrics']) => string;
  },
): Promise<Recomputed> => {
  const folder = path.join(context.scratch, 'recompute');
  await mkdir(folder, { recursive: true });
  const copies: Record<string, string> = {};
  for (const [index, name] of request.names.entries()) {
    const source = request.files[index]!;
    if (!existsSync(source)) throw new AppError('tool.failed', `${source} was not written`);
    copies[name] = path.join(folder, `${name}.csv`);
    await copyFile(source, copies[name]!);
  }
  const { ML } = context.rules;
  const call = async (names: string[], rounds: number) => {
    const result = await context.fork(
      [path.join(context.config.packageFolder, 'python', 'recompute.py'), ...names.map((name) => copies[name]!),
        '--task', request.task, '--metric', request.metric, ...(request.positive ? ['--positive', request.positive] : []), ...(isOrdered(context) ? ['--ordered'] : []),
        '--rounds', String(rounds), '--confidence', String(ML.confidence), '--seed', String(ML.seed)], // biome-ignore format: an argv
      { cwd: folder, limitSeconds: 300 },
    );
    expectSuccess(result, 'Recomputing the metrics');
    return output.parse(JSON.parse(result.stdout));
  };
  const plain = await call(request.names, 0);
  const metrics = Object.fromEntries(Object.entries(plain.files).map(([name, file]) => [name, file.metrics]));
  const first = request.compareFrom?.(metrics);
  const compared = first
    ? await call([first, ...request.names.filter((name) => name !== first)], ML.bootstrap_rounds)
    : { comparisons: [] };
  return {
    metrics,
    rows: Object.fromEntries(Object.entries(plain.files).map(([name, file]) => [name, file.rows])),
    sha256: Object.fromEntries(Object.entries(plain.files).map(([name, file]) => [name, file.sha256])),
    comparisons: compared.comparisons,
  };
};
