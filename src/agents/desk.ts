import type { z } from 'zod';
import type { ModelRole } from '../pipeline/stage.ts';
import type { Run } from '../world/processes.ts';
import type { Limits, Price } from './model/budget.ts';
import type { AgentChoices } from './model/choice.ts';
import type { ModelAccess } from './model/keys.ts';
import type { CallRules, Replay } from './model/language-model.ts';
import type { ToolGround } from './tools/toolbox.ts';

export type AgentRules = CallRules & {
  output_tokens: number;
  run: Limits;
  stage: Limits;
  /** Share of a limit from which a warning is given. */
  warn_at: number;
};

export type AgentTask<Output> = {
  role: ModelRole;
  inputs: Record<string, string>;
  schema: z.ZodType<Output>;
  ground: Omit<ToolGround, 'record'>;
};

/** The stage for which an agent works. */
export type Workplace = {
  stage: string;
  /** An empty folder for this stage alone. */
  scratch: string;
  signal: AbortSignal;
  record(kind: string, data: Record<string, unknown>): void;
  progress(text: string): void;
};

export type Agents = {
  /** Whether somebody else than the engine's own rules works in this role. */
  works(role: ModelRole): boolean;
  /**
   * Lets the role's agent work; null where none is chosen, where its budget is used up, or where it gave nothing that
   * can be used. The journal says why; the engine's own way is taken then.
   */
  work<Output>(task: AgentTask<Output>, place: Workplace): Promise<Output | null>;
};

export type AgentOptions = {
  choices: AgentChoices;
  access: ModelAccess;
  rules: AgentRules;
  prices: Record<string, Price>;
  /** Narrower limits that a person set for the run. */
  budget: Partial<Limits>;
  root: string;
  packageFolder: string;
  language: 'zh' | 'en';
  ownFolders: string[];
  replay: Replay;
  run: Run;
  shown?: number;
};

/** Nobody but the engine's own rules works. */
export const embeddedAgents: Agents = { works: () => false, work: async () => null };
