import type { Rules } from '../artifacts/rules/rules.ts';
import type { World } from '../world/world.ts';
import type { EngineContext, RunSettings } from './context.ts';
import type { Journal } from './journal.ts';
import type { Answerer, Question } from './questions.ts';
import type { Stage } from './stage.ts';
import type { Reason } from './verdict.ts';

export type StageStatus =
  | { status: 'pending' }
  | { status: 'running' }
  | { status: 'passed'; seconds: number; fresh: boolean }
  | { status: 'refused'; seconds: number; reasons: Reason[] }
  | { status: 'waiting'; seconds: number; questions: Question[] }
  | { status: 'failed'; seconds: number; error: unknown };

export type RunReport = { stages: Map<string, StageStatus>; questions: Question[] };

export type RunOptions<Context extends EngineContext> = {
  root: string;
  order: readonly Stage<Context>[];
  settings: RunSettings;
  rules: Rules;
  world: World;
  journal: Journal;
  signal: AbortSignal;
  answerer: Answerer;
  until?: string | undefined;
  /** Adds what the stages share (Python, the service) to the engine's context. */
  extend(context: EngineContext): Context;
  onChange(stage: string, status: StageStatus): void;
  onProgress(stage: string, text: string): void;
};
