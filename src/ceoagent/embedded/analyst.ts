import type { Analyst } from '../analysis.ts';
import { appraise } from './appraisal.ts';
import { readChoices } from './options.ts';
import { report } from './report.ts';

/** Analyses by the figures of question and context, without any model; the same question, the same answer. */
export const embeddedAnalyst =
  (promptVersion: () => string): Analyst =>
  async (query) => ({
    result: report(appraise(readChoices(query))),
    model: 'embedded',
    tokens: 0,
    promptVersion: promptVersion(),
    warnings: [],
  });
