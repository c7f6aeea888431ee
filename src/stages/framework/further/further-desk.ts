import { existsSync, realpathSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { AgentTask } from '../../../agents/desk.ts';
import { ToolRefusal, type Workspace } from '../../../agents/tools/workspace.ts';
import type { Requirements } from '../../../artifacts/requirements.ts';
import { shuffleTarget, writeMini, writeSample } from '../../../data/mini.ts';
import { type DataSchema, dataSchema } from '../../../data/schema.ts';
import { AppError } from '../../../errors.ts';
import { composeTemplate, templateFile } from '../../../scaffold/template.ts';
import { readJson, readText, writeAtomically } from '../../../world/files.ts';
import type { RunResult } from '../../../world/processes.ts';
import { agentGround } from '../../agent-ground.ts';
import type { StageContext } from '../../context.ts';
import { batchOf, effortOf, templateOf } from '../../templates.ts';
import { imagesOf } from '../technology-probe.ts';
import { type FurtherNetwork, furtherLayer, furtherModule, furtherSettings } from './further-layer.ts';

/**
 * Where a model writes a further network: the family's project as it stands, with rows of data/full to try it on. Code
 * that runs there sees neither the project that is being made nor the user's file, where the platform can hide them.
 */
export type FurtherDesk = {
  folder: string;
  ground: AgentTask<unknown>['ground'];
  python(argv: string[]): Promise<RunResult>;
  /** Files that a model has written there. */
  written(): string[];
  /** Registers the network that was written, so that the project's programs and tests know it. */
  register(network: FurtherNetwork): Promise<void>;
  /** The same rows with their answers dealt out anew. */
  shuffle(): Promise<void>;
};

export const rowsFolder = 'data/given';
export const schemaFile = 'data/schema.json';
export const shuffledFolder = 'data/shuffled';
/** Whether answers are looked up shows on few rows. */
const shuffledRows = 600;

/** As soon as both files are there, the project's programs and tests know the network. */
const registering =
  ({ write, read }: Workspace, register: (network: FurtherNetwork) => Promise<void>): Workspace['write'] =>
  async (file, text) => {
    await write(file, text);
    const model = writable.exec(file)?.[1];
    if (model === undefined || text === null) return;
    try {
      await register({ model, module: read(furtherModule(model)), settings: read(furtherSettings(model)) });
    } catch (error) {
      // The other file is not there yet, or the settings are wrong: the checks tell.
      if (!(error instanceof ToolRefusal || error instanceof AppError)) throw error;
    }
  };

const writable = /^(?:ml_project\/models|configs\/model)\/([a-z][a-z0-9_]{2,24})\.(?:py|yaml)$/;

export const furtherDesk = async (
  context: StageContext,
  requirements: Requirements,
  rows: number,
): Promise<FurtherDesk> => {
  const template = templateOf(context.config, requirements.task)!;
  const { seed } = context.rules.ML;
  const effort = effortOf(context.rules.ML, requirements.task!);
  const folder = await composeTemplate(template, path.join(context.scratch, 'further'));
  const schema: DataSchema = dataSchema.parse(readJson(context.at('data/schema.json')));
  // The tests of the project will run on these rows and with these settings, so they do here.
  const sample = (name: string, most: number) =>
    writeSample(context.root, schema, { folder: path.join(folder, name), rows: most, seed });
  await sample(rowsFolder, effort.probe_rows);
  await writeMini(context.root, schema, context.rules.ML.mini_rows, seed, path.join(folder, 'data/mini'));
  const set = (file: string, line: RegExp, text: string) =>
    writeAtomically(
      path.join(folder, file),
      readText(path.join(folder, file)).replace(line, () => text),
    );
  await set('configs/config.yaml', /^seed: .*$/m, `seed: ${seed}`);
  await set('configs/trainer/trainer.yaml', /^ {2}epochs: \S+/m, `  epochs: ${effort.epochs}`);
  await set(
    'configs/trainer/trainer.yaml',
    /^ {2}batch_size: \S+/m,
    `  batch_size: ${batchOf(context.rules.ML, rows)}`,
  );
  for (const images of imagesOf(context, requirements.task!))
    await set('configs/data/data.yaml', /^ {2}images: .*$/m, `  images: ${images}`);
  await copyFile(context.at('data/schema.json'), path.join(folder, schemaFile));
  const shipped = (file: string): string | null => {
    try {
      return templateFile(template, file);
    } catch {
      return null; // a file that the family does not have: the network may bring it
    }
  };
  const environment = await context.workbench.environment();
  const { ground, undo } = await agentGround(context, {
    root: folder,
    writable: (file) => writable.test(file) && shipped(file) === null,
    environment: { python: environment.python, folder: path.resolve(environment.python, '../..') },
    needs: imagesOf(context, requirements.task!),
    hidden: [context.root, ...(context.settings.data ? [realpathSync(context.settings.data.path)] : [])],
  });
  const written = () => undo.changed().filter((file) => existsSync(path.join(folder, file)));
  const register = async (network: FurtherNetwork): Promise<void> => {
    for (const [file, text] of furtherLayer(network, (one) => readText(templateFile(template, one))))
      await writeAtomically(path.join(folder, file), text);
  };
  return {
    folder,
    ground: { ...ground, workspace: { ...ground.workspace, write: registering(ground.workspace, register) } },
    python: ground.runPython,
    written,
    register,
    shuffle: async () => {
      const few = path.join(context.scratch, 'few');
      await writeSample(context.root, schema, { folder: few, rows: Math.min(shuffledRows, effort.probe_rows), seed });
      await shuffleTarget(path.join(few, 'data.csv'), {
        folder: path.join(folder, shuffledFolder),
        target: schema.target,
        seed,
      });
    },
  };
};
