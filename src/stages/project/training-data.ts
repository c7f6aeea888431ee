import type { Technology } from '../../artifacts/documents/technology.ts';
import { writeSample } from '../../data/mini.ts';
import { dataSchema } from '../../data/schema.ts';
import type { Question } from '../../pipeline/questions.ts';
import { readJson } from '../../world/files.ts';
import type { StageContext } from '../context.ts';

/**
 * Rows that the forecast fits into its share of the budget. Fewer than all are only taken when a person has agreed, or
 * the recommended answer is taken.
 */
export const rowsThatFit = async (
  context: StageContext,
  technology: Technology,
  budgetSeconds: number,
): Promise<number> => {
  const { full } = technology.rows;
  const slowest = Math.max(
    ...technology.candidates
      .filter(({ model }) => model === technology.choice.model || model === technology.choice.strongest_baseline)
      .map(({ measured }) => measured.training_time),
  );
  const forecast = slowest * Math.max(1, full / technology.probe_rows);
  const allowed = budgetSeconds * context.rules.ML.budget_share;
  if (forecast <= allowed) return full;
  const rows = Math.max(technology.probe_rows, Math.floor((full * allowed) / forecast));
  await context.ask([question(context, { full, rows, forecast, allowed })]);
  return rows;
};

const question = (
  { say }: StageContext,
  facts: { full: number; rows: number; forecast: number; allowed: number },
): Question => ({
  id: 'Q-training-rows',
  text: say(
    `用全部 ${facts.full} 行训练预计需要 ${facts.forecast.toFixed(0)} 秒，预算允许 ${facts.allowed.toFixed(0)} 秒。改用 ${facts.rows} 行的分层样本？`,
    `Training on all ${facts.full} rows is forecast to take ${facts.forecast.toFixed(0)} s, the budget allows ${facts.allowed.toFixed(0)} s. Take a stratified sample of ${facts.rows} rows?`,
  ),
  why: say('更多的行通常更准，但要更久。', 'More rows are usually more accurate, and take longer.'),
  recommended: 'sample',
  options: [
    {
      value: 'sample',
      label: say('用样本', 'take the sample'),
      changes: say(
        '报告写明行数；--budget 更大时再全量训练',
        'the report names the rows; a larger --budget trains on all',
      ),
    },
  ],
});

/** The folder that training reads: data/full, or a stratified sample of it. */
export const trainingData = async (context: StageContext, technology: Technology, rows: number): Promise<string> => {
  if (rows >= technology.rows.full) return 'data/full';
  const schema = dataSchema.parse(readJson(context.at('data/schema.json')));
  await writeSample(context.root, schema, { folder: context.at('data/training'), rows, seed: context.rules.ML.seed });
  return 'data/training';
};
