import type { ArtifactId } from '../artifacts/catalog.ts';
import type { RuleName, Rules } from '../artifacts/rules/rules.ts';
import type { EngineContext, RunSettings } from './context.ts';
import type { Verdict } from './verdict.ts';

/** Roles in which a model may work. */
export const modelRoles = [
  'planner',
  'requirements',
  'research',
  'coder',
  'reviewer',
  'dataset',
  'tester',
  'ops',
] as const;
export type ModelRole = (typeof modelRoles)[number];
export const roles = [...modelRoles, 'user'] as const;
export type Role = (typeof roles)[number];

/** An artifact that a stage reads; with `select` only that part of it decides whether the stage must run again. */
export type Need = ArtifactId | { artifact: ArtifactId; select: (root: string) => unknown };

/**
 * A step of the pipeline. `run` lets an agent work, `collect` looks for itself at what came of it, `gate` is a pure
 * function of that evidence. Evidence must survive JSON unchanged, since `verify` gates it again from the journal.
 */
export type Stage<Context extends EngineContext = EngineContext, Evidence = unknown> = {
  id: string;
  phase: 1 | 2 | 3;
  title: { zh: string; en: string };
  /** Raised when the stage does something else from the same inputs, so that old results do not count any more. */
  version: number;
  owners: Role[];
  needs: Need[];
  produces: ArtifactId[];
  settings: (keyof RunSettings)[];
  rules: RuleName[];
  run(context: Context): Promise<void>;
  /**
   * After a person edited an output by hand: check it and render the prose again from the front matter. A stage whose
   * outputs hold measurements has none, and runs again: nobody can write a figure in place of measuring it.
   */
  adopt?(context: Context): Promise<void>;
  collect(context: Context): Promise<Evidence>;
  gate(evidence: Evidence, rules: Rules): Verdict;
};

export const needId = (need: Need): ArtifactId => (typeof need === 'string' ? need : need.artifact);
