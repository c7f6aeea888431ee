import type { Analysis, Analyst, Query } from '../analysis.ts';
import { appraise } from './appraisal.ts';
import { readChoices } from './options.ts';
import { report } from './report.ts';

/** By the figures of question and context, without any model; the same question, the same answer. */
export const analyseByFigures = (query: Query): Analysis => report(appraise(readChoices(query)));

/** The analysis of a thread of its own, or of this one. */
export const embeddedAnalyst =
  (
    promptVersion: () => string,
    analyse: (query: Query, signal: AbortSignal) => Analysis | Promise<Analysis> = analyseByFigures,
  ): Analyst =>
  async (query, signal) => ({
    result: await analyse(query, signal),
    model: 'embedded',
    tokens: 0,
    promptVersion: promptVersion(),
    warnings: [],
  });
