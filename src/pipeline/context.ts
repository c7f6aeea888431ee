import type { Rules } from '../artifacts/rules/rules.ts';
import type { Argv, RunOptions, RunResult } from '../world/processes.ts';
import type { World } from '../world/world.ts';
import type { Answer, Question } from './questions.ts';

export type Language = 'zh' | 'en';
/** Where the service is meant to run; for a cluster objects are written, and nothing is sent to it. */
export const targets = ['process', 'docker', 'kubernetes'] as const;
export type Target = (typeof targets)[number];
/** Where it can be run and measured on this machine. */
export type Stand = Exclude<Target, 'kubernetes'>;
export type Device = 'cpu' | 'gpu';
/** What trains networks; both: PyTorch, with a twin in PaddlePaddle that is held against it. */
export type Framework = 'torch' | 'paddle' | 'both';

/** What a person chose for a project; kept with it, so that `resume` needs no flags. */
export type RunSettings = {
  brief: string;
  language: Language;
  data: { path: string; sha256: string } | null;
  target: Target;
  device: Device | null;
  budgetMinutes: number | null;
  framework: Framework;
  /** Who works in the roles, as on the command line; empty: the engine's own rules. */
  agents: string[];
  /** Limits that a person set for what agents spend in a run. */
  agentBudget: {
    usd?: number | undefined;
    tokens?: number | undefined;
    calls?: number | undefined;
    minutes?: number | undefined;
  };
};

/** What the engine offers to a stage. Every effect that matters for the proof goes through it into the journal. */
export type EngineContext = {
  root: string;
  stage: string;
  /** An empty folder for this stage alone. */
  scratch: string;
  settings: RunSettings;
  rules: Rules;
  world: World;
  signal: AbortSignal;
  /** Runs a command and journals argv, duration and exit code. */
  tool(argv: Argv, options: RunOptions): Promise<RunResult>;
  /** Writes a file of the project (path relative to it) and journals its hash. */
  write(file: string, content: string | Uint8Array): Promise<void>;
  /** Answers by question id; ends the stage as *waiting* where a person must answer. */
  ask(questions: Question[]): Promise<Record<string, string>>;
  /** The answer that the journal holds to a question, and who gave it; null: none. */
  answer(question: string): Answer | null;
  /** A line for the person who watches. */
  progress(text: string): void;
  /** What the journal holds of a kind of event, in this run and in earlier ones. */
  recorded(kind: string): Record<string, unknown>[];
  /** An event of the stage for the journal. */
  record(kind: string, data: Record<string, unknown>): void;
};
