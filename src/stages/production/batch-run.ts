import { existsSync } from 'node:fs';
import path from 'node:path';
import type { DeployReport } from '../../artifacts/documents/deploy-report.ts';
import { miniDatasetDocument } from '../../artifacts/documents/mini-dataset.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { countMini } from '../../data/mini.ts';
import { dataSchema } from '../../data/schema.ts';
import { readJson, readText } from '../../world/files.ts';
import { lastLines, type RunResult } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { projectEnvironment } from '../device.ts';

type Check = DeployReport['checks'][number];

const program = 'scripts/inference.py';
const input = 'data/mini/data.csv';
const limitSeconds = 300;

/** One run of the batch job over the mini set, where a requirement asks for it. */
export const checkBatchRun = async (context: StageContext, { items, task }: Requirements): Promise<Check[]> => {
  if (!items.some(({ subject }) => subject === 'batch_job')) return [];
  const output = path.join(context.scratch, 'batch.csv');
  const { python } = projectEnvironment(context);
  const result = await context.tool(
    [python, program, '--model', 'models/current', '--input', input, '--output', output],
    { cwd: context.root, limitSeconds },
  );
  // The rows of a series are one history, and give as many rows as a forecast looks ahead.
  const schema = dataSchema.parse(readJson(context.at('data/schema.json')));
  const rows =
    task === 'time_series_forecasting'
      ? (schema.horizon ?? 1) * (await countMini(context.root, schema)).series
      : context.read(miniDatasetDocument).rows;
  return [batchCheck(result, { rows, predictions: existsSync(output) ? readText(output) : '' })];
};

/** The run's row in the report: a prediction for every row, or what it said instead. */
export const batchCheck = (
  result: Pick<RunResult, 'exitCode' | 'stdout' | 'stderr'>,
  { rows, predictions }: { rows: number; predictions: string },
): Check => {
  const [, ...lines] = predictions.trimEnd().split(/\r?\n/);
  const made = lines.filter((line) => !noPrediction.test(line)).length;
  return {
    what: `${program} --input ${input}`,
    expected: `${rows} predictions`,
    found:
      result.exitCode === 0 ? `${made} predictions` : `exit code ${result.exitCode}: ${lastLines(result, 2)}`.trim(),
    passed: result.exitCode === 0 && rows > 0 && made === rows,
  };
};

/** The first field is the prediction. */
const noPrediction = /^"?(nan|[+-]?inf)?"?(,|$)/;

export const isBatchRun = ({ what }: Pick<Check, 'what'>): boolean => what.startsWith(program);
