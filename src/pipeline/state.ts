import { z } from 'zod';
import type { Entry } from './journal.ts';
import type { Answer, Question } from './questions.ts';

export const verdictRecord = z.object({
  stage: z.string(),
  key: z.string(),
  passed: z.boolean(),
  reasons: z.array(z.object({ about: z.string(), message: z.string(), zh: z.string().optional() })),
  evidence: z.string(),
  rules: z.string(),
  inputs: z.record(z.string(), z.string()),
  /** Hash of each produced artifact as a whole, and of each of its files. */
  artifacts: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.string()),
  seconds: z.object({ run: z.number(), collect: z.number(), gate: z.number(), engine: z.number() }),
});
export type VerdictRecord = z.infer<typeof verdictRecord>;

/** What the journal says: the one source from which a run goes on, and which `status` and `verify` show. */
export type State = {
  verdicts: Map<string, VerdictRecord>;
  /** Stages that were started and have no end: interrupted. */
  interrupted: Set<string>;
  /** Files (path → hash) that interrupted stages had written. */
  halfWritten: Map<string, Set<string>>;
  /** Path → hash at the last verdict that recorded it. */
  files: Map<string, string>;
  answers: Map<string, Answer>;
  open: Map<string, Question>;
};

export const stateOf = (entries: readonly Entry[]): State => {
  const state: State = {
    verdicts: new Map(),
    interrupted: new Set(),
    halfWritten: new Map(),
    files: new Map(),
    answers: new Map(),
    open: new Map(),
  };
  for (const entry of entries) readers[entry.kind]?.(state, entry.data);
  return state;
};

const readers: Record<string, (state: State, data: Record<string, unknown>) => void> = {
  'stage.started': (state, data) => {
    state.interrupted.add(String(data.stage));
    state.halfWritten.set(String(data.stage), new Set());
  },
  'file.written': (state, data) => {
    state.halfWritten.get(String(data.stage))?.add(String(data.path));
  },
  'stage.ended': (state, data) => {
    state.interrupted.delete(String(data.stage));
    state.halfWritten.delete(String(data.stage));
  },
  verdict: (state, data) => {
    const record = verdictRecord.parse(data);
    state.verdicts.set(record.stage, record);
    for (const [file, hash] of Object.entries(record.files)) state.files.set(file, hash);
  },
  'question.asked': (state, data) => {
    const question = data.question as Question;
    if (!state.answers.has(question.id)) state.open.set(question.id, question);
  },
  'answer.given': (state, data) => {
    const id = String(data.question);
    state.answers.set(id, { value: String(data.value), by: data.by === 'person' ? 'person' : 'recommended' });
    state.open.delete(id);
  },
};
