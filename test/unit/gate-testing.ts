import { expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import type { EngineContext } from '../../src/pipeline/context.ts';
import type { Stage } from '../../src/pipeline/stage.ts';
import { reasonsOf } from '../../src/pipeline/verdict.ts';

export const { rules } = loadRules({ packageFolder: loadConfig({}).packageFolder, language: 'en' });

/** One row a reason: what is broken in evidence that otherwise passes, and what the refusal then says. */
export type Refusal<Evidence> = [name: string, broken: (evidence: Evidence) => void, about: string, message: RegExp];

export const testGate = <Context extends EngineContext, Evidence>(
  stage: Stage<Context, Evidence>,
  passing: () => Evidence,
  refusals: Refusal<Evidence>[],
): void => {
  test('passes evidence in which everything holds', () => {
    expect(stage.gate(passing(), rules)).toEqual({ passed: true });
  });
  test.each(refusals)('refuses when %s', (_name, breakIt, about, message) => {
    const evidence = passing();
    breakIt(evidence);
    const reasons = reasonsOf(stage.gate(evidence, rules));
    expect(reasons.filter((reason) => reason.about === about).map((reason) => reason.message)).toContainEqual(
      expect.stringMatching(message),
    );
  });
};
