import { randomUUID } from 'node:crypto';
import { type Analysed, type Analysis, analysisSchema } from '../analysis.ts';
import type { Database, Tables } from './database.ts';

export type StoredAnalysis = {
  analysis_id: string;
  session_id: string | null;
  query: string;
  context: Record<string, unknown>;
  result: Analysis;
  model: string;
  tokens_used: number;
  execution_time_ms: number;
  prompt_version: string;
  created_at: string;
  feedback: { rating: number; comment: string | null } | null;
};

export type NewAnalysis = Analysed & {
  sessionId: string | null;
  query: string;
  context: Record<string, unknown>;
  milliseconds: number;
};

/** Analyses that were made, the latest first. */
export type Analyses = {
  save(analysis: NewAnalysis, now: Date): Promise<string>;
  find(id: string): Promise<StoredAnalysis | null>;
  list(page: { limit: number; offset: number }): Promise<{ total: number; items: StoredAnalysis[] }>;
  /** False: there is no such analysis. */
  rate(id: string, feedback: { rating: number; comment: string | null }): Promise<boolean>;
};

export const createAnalyses = (database: Database): Analyses => ({
  save: async (analysis, now) => {
    const id = randomUUID();
    await database
      .insertInto('analyses')
      .values({
        id,
        session_id: analysis.sessionId,
        query: analysis.query,
        context: JSON.stringify(analysis.context),
        result: JSON.stringify(analysis.result),
        model: analysis.model,
        tokens_used: analysis.tokens,
        execution_time_ms: analysis.milliseconds,
        prompt_version: analysis.promptVersion,
        created_at: now.getTime(),
        rating: null,
        comment: null,
      })
      .execute();
    return id;
  },
  find: async (id) => {
    const row = await database.selectFrom('analyses').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? stored(row) : null;
  },
  list: async ({ limit, offset }) => {
    const { total } = await database
      .selectFrom('analyses')
      .select(({ fn }) => fn.countAll().as('total'))
      .executeTakeFirstOrThrow();
    const rows = await database
      .selectFrom('analyses')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute();
    return { total: Number(total), items: rows.map(stored) };
  },
  rate: async (id, feedback) => {
    const found = await database.updateTable('analyses').set(feedback).where('id', '=', id).executeTakeFirst();
    return Number(found.numUpdatedRows) > 0;
  },
});

const stored = (row: Tables['analyses']): StoredAnalysis => ({
  analysis_id: row.id,
  session_id: row.session_id,
  query: row.query,
  context: JSON.parse(row.context) as Record<string, unknown>,
  result: analysisSchema.parse(JSON.parse(row.result)),
  model: row.model,
  tokens_used: row.tokens_used,
  execution_time_ms: row.execution_time_ms,
  prompt_version: row.prompt_version,
  // A bigint comes as text from PostgreSQL.
  created_at: new Date(Number(row.created_at)).toISOString(),
  feedback: row.rating === null ? null : { rating: row.rating, comment: row.comment },
});
