import path from 'node:path';
import type { Agents } from '../agents/desk.ts';
import { type ArtifactDocument, inLanguage, readArtifact, renderArtifact } from '../artifacts/document.ts';
import type { LoadedRules } from '../artifacts/rules/rules.ts';
import type { Config } from '../config.ts';
import type { Workbench } from '../environment/workbench.ts';
import type { EngineContext } from '../pipeline/context.ts';
import { sha256 } from '../world/files.ts';
import type { RunOptions, RunResult } from '../world/processes.ts';

/** What all stages share beyond the engine's context. */
export type StageContext = EngineContext & {
  config: Config;
  workbench: Workbench;
  ruleFiles: LoadedRules['files'];
  /** Models and coding agents in roles; nobody where none is chosen. */
  agents: Agents;
  /** The sentence in the language of the artifacts. */
  say(zh: string, en: string): string;
  /** Absolute path of a file of the project. */
  at(...parts: string[]): string;
  read<Data>(document: ArtifactDocument<Data>): Data;
  put<Data>(document: ArtifactDocument<Data>, data: Data): Promise<void>;
  /** Runs a Python script in the preloaded process; journalled like every tool call. */
  fork(script: readonly string[], options: RunOptions & { cwd: string }): Promise<RunResult>;
};

export const stageContext = (
  engine: EngineContext,
  shared: { config: Config; workbench: Workbench; ruleFiles: LoadedRules['files']; agents: Agents },
): StageContext => ({
  ...engine,
  ...shared,
  say: inLanguage(engine.settings.language),
  at: (...parts) => path.join(engine.root, ...parts),
  read: (document) => readArtifact(engine.root, document),
  put: (document, data) => engine.write(document.file, renderArtifact(document, data, engine.settings.language)),
  fork: async (script, options) => {
    const result = await shared.workbench.fork(script, { signal: engine.signal, ...options });
    engine.record('tool.called', {
      argv: result.argv,
      cwd: path.relative(engine.root, options.cwd) || '.',
      seconds: Number(result.seconds.toFixed(3)),
      exitCode: result.exitCode,
      ended: result.ended,
      output: sha256(result.stdout + result.stderr),
      preloaded: true,
    });
    engine.signal.throwIfAborted();
    return result;
  },
});
