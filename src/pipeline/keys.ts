import { type ArtifactId, artifactFiles, hashFiles, hashOf } from '../artifacts/catalog.ts';
import { type Rules, ruleHash } from '../artifacts/rules/rules.ts';
import type { EngineContext, RunSettings } from './context.ts';
import { needId, type Stage } from './stage.ts';
import type { State } from './state.ts';

export type StageKey = { key: string; inputs: Record<string, string> };

/**
 * SHA-256 of the stage's version, its inputs, its settings and the rules that it reads.
 * An artifact that later stages work on as well (the reviewed and repaired code) counts as the stage found it:
 * by the hash that the last producer before it left, as long as nobody else has changed the files since.
 */
export const stageKey = async <Context extends EngineContext>(
  stage: Stage<Context>,
  options: { root: string; order: readonly Stage<Context>[]; settings: RunSettings; rules: Rules; state: State },
): Promise<StageKey> => {
  const inputs: Record<string, string> = {};
  for (const need of stage.needs) {
    inputs[needId(need)] =
      typeof need === 'string'
        ? await inputHash(need, stage, options)
        : hashOf((await need.select(options.root)) ?? null);
  }
  const settings = Object.fromEntries(stage.settings.map((name) => [name, options.settings[name]]));
  const rules = Object.fromEntries(stage.rules.map((name) => [name, ruleHash(options.rules, name)]));
  return { key: hashOf({ stage: stage.id, version: stage.version, inputs, settings, rules }), inputs };
};

const inputHash = async <Context extends EngineContext>(
  artifact: ArtifactId,
  stage: Stage<Context>,
  options: { root: string; order: readonly Stage<Context>[]; state: State },
): Promise<string> => {
  const files = await hashFiles(options.root, artifactFiles(options.root, artifact));
  const untouched = Object.entries(files).every(([file, hash]) => options.state.files.get(file) === hash);
  const before = options.order.slice(0, options.order.indexOf(stage)).reverse();
  const producer = before.find((one) => one.produces.includes(artifact) && options.state.verdicts.has(one.id));
  const recorded = producer ? options.state.verdicts.get(producer.id)?.artifacts[artifact] : undefined;
  return untouched && recorded ? recorded : hashOf(files);
};

/** Stages that must have passed before this one: every earlier producer of what it needs. */
export const dependencies = <Context extends EngineContext>(
  stage: Stage<Context>,
  order: readonly Stage<Context>[],
): Stage<Context>[] => {
  const needed = new Set(stage.needs.map(needId));
  return order.slice(0, order.indexOf(stage)).filter((one) => one.produces.some((artifact) => needed.has(artifact)));
};
