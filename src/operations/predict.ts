import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { identifier, literal } from '../data/duckdb.ts';
import { openSource } from '../data/given/source.ts';
import { loadTable } from '../data/table.ts';
import { runningService } from '../deploy/service-control.ts';
import { AppError, messageOf } from '../errors.ts';
import { readJson, readText } from '../world/files.ts';
import { expectSuccess } from '../world/processes.ts';
import type { World } from '../world/world.ts';
import { openProject } from './project.ts';
import { projectPython } from './project-python.ts';
import { releasedUrl } from './release/released.ts';
import { noModel } from './service.ts';

export type Asked = { json: string } | { file: string };
/** `said`: what the script told of fields that it could not use. */
export type Prediction = { through: 'service' | 'script'; inputs: unknown[] | null; outputs: unknown[]; said: string };

const limitSeconds = 120;
const rows = z.array(z.record(z.string(), z.unknown())).min(1);
const answer = z.object({ outputs: z.array(z.unknown()) });

/** Through the running service; without one, and for tables, through the project's own inference script. */
export const predict = async (world: World, given: string, asked: Asked): Promise<Prediction> => {
  const { root } = openProject(given);
  if ('file' in asked && !existsSync(asked.file)) {
    throw new AppError('input.invalid', `No input at ${asked.file}`, {
      hint: 'Give a table or a JSON file with --input.',
    });
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'specwright-'));
  try {
    const table = 'file' in asked ? await tableOf(root, asked.file, folder) : null;
    if (table) return { through: 'script', inputs: null, ...(await byScript(world, root, table)) };
    const inputs = inputsOf(asked, modelOf(root).task);
    const url = (await runningService(root, world.run))?.url ?? releasedUrl(root);
    if (url) return { through: 'service', inputs, outputs: await byService(world, url, inputs), said: '' };
    const file = path.join(folder, 'input.json');
    await writeFile(file, JSON.stringify(inputs));
    return { through: 'script', inputs, ...(await byScript(world, root, file)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const otherTables = /\.(tsv|tab|data|dat|xlsx|xlsm|parquet|jsonl|ndjson|csv\.gz|tsv\.gz|zip)$/i;

/** A CSV file as the script reads it, its fields as they were written; null: it is no table. */
const tableOf = async (root: string, file: string, scratch: string): Promise<string | null> => {
  if (/\.csv$/i.test(file)) return file;
  const { task, columns: known } = modelOf(root);
  const isRecords = task.startsWith('tabular_') && /\.json$/i.test(file) && /^\s*\[/.test(readText(file).slice(0, 100));
  if (!isRecords && !otherTables.test(file)) return null;
  const source = await openSource(file, scratch);
  if (source.kind !== 'table') return null;
  const { database, columns } = await loadTable(source, scratch, {
    asWritten: true,
    known: known.map(({ name }) => name),
  });
  const csv = path.join(scratch, 'input.csv');
  try {
    await database.run(
      `COPY (SELECT ${columns.map(identifier).join(', ')} FROM given ORDER BY row_id) TO ${literal(csv)} (HEADER)`,
    );
  } finally {
    database.close();
  }
  return csv;
};

const inputsOf = (asked: Asked, task: string): unknown[] => {
  if ('json' in asked) return parseInputs(asked.json, task);
  return imageFile.test(asked.file) ? [imageAsText(asked.file)] : parseInputs(readText(asked.file), task);
};

const samplesFile = z.array(z.object({ input: z.unknown() })).min(1);

/** A row that the export kept as an example. */
export const sampleOf = (given: string): unknown => {
  const file = path.join(openProject(given).root, 'models/current/samples.json');
  if (!existsSync(file)) throw noModel(given);
  return samplesFile.parse(readJson(file))[0]!.input;
};

/** Families whose input is one text, and those whose input is one image; the others take objects. */
const textTasks = new Set(['text_classification', 'sequence_to_sequence']);
const imageTasks = new Set(['image_classification']);
/** Families whose input is a pair of images. */
const pairTasks = new Set(['face_verification']);
const imageFile = /\.(png|jpe?g|bmp|gif|webp|tiff?)$/i;

const modelFile = z.object({ task: z.string(), columns: z.array(z.object({ name: z.string() })).default([]) });

const modelOf = (root: string): z.infer<typeof modelFile> => {
  const file = path.join(root, 'models/current/model.json');
  if (!existsSync(file)) throw noModel(root);
  return modelFile.parse(readJson(file));
};

/** What is given by hand, as the service takes it: a plain text is a text, a path of an image is that image. */
const parseInputs = (text: string, task: string): unknown[] => {
  if (imageTasks.has(task) && imageFile.test(text.trim()) && existsSync(text.trim())) return [imageAsText(text.trim())];
  const value = parseJson(text);
  if (value === undefined && (textTasks.has(task) || imageTasks.has(task))) return [text.trim()];
  if (value === undefined) throw notJson(text);
  const isEnvelope = typeof value === 'object' && value !== null && 'inputs' in value && Array.isArray(value.inputs);
  const list = isEnvelope ? (value as { inputs: unknown[] }).inputs : Array.isArray(value) ? value : [value];
  const isObjects = rows.safeParse(list).success;
  if (pairTasks.has(task)) return list.map(pairOfImages);
  if (list.length > 0 && (isObjects || textTasks.has(task) || imageTasks.has(task))) return list;
  throw new AppError('input.invalid', 'The input is neither an object nor a list of objects', { hint: objectHint });
};

/** Paths of images stand for the images. */
const pairOfImages = (input: unknown): unknown =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? Object.fromEntries(Object.entries(input).map(([side, value]) => [side, imageOrText(value)]))
    : input;

const imageOrText = (value: unknown): unknown =>
  typeof value === 'string' && imageFile.test(value) && existsSync(value) ? imageAsText(value) : value;

const objectHint = `Give an object by column names: '{"column": 1}'`;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const notJson = (text: string): AppError => {
  try {
    JSON.parse(text);
  } catch (error) {
    return new AppError('input.invalid', `The input is not JSON: ${messageOf(error)}`, { hint: objectHint });
  }
  return new AppError('input.invalid', 'The input is not JSON', { hint: objectHint });
};

const imageAsText = (file: string): string => readFileSync(file).toString('base64');

const byService = async (world: World, url: string, inputs: unknown[]): Promise<unknown[]> => {
  const response = await world
    .fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs }),
      signal: AbortSignal.timeout(limitSeconds * 1000),
    })
    .catch((error: unknown) => {
      throw new AppError('tool.failed', `The service at ${url} does not answer: ${messageOf(error)}`, {
        hint: '`specwright logs` shows what it wrote; `specwright down` and `specwright up` start it anew.',
        cause: error,
      });
    });
  const text = await response.text();
  if (response.status >= 400 && response.status < 500) {
    throw new AppError('input.invalid', `The service refused the input (${response.status}): ${text.slice(0, 800)}`, {
      hint: `${url}/docs describes what it takes.`,
    });
  }
  const parsed = answer.safeParse(response.ok ? JSON.parse(text) : null);
  if (parsed.success) return parsed.data.outputs;
  throw new AppError('tool.failed', `The service answered ${response.status}: ${text.slice(0, 300)}`, {
    hint: 'See `specwright logs`.',
  });
};

const byScript = async (world: World, root: string, file: string): Promise<Pick<Prediction, 'outputs' | 'said'>> => {
  if (!existsSync(path.join(root, 'models/current/model.json'))) throw noModel(root);
  const folder = await mkdtemp(path.join(tmpdir(), 'specwright-'));
  try {
    const output = path.join(folder, 'output.json');
    const result = await world.run(
      [
        projectPython(root),
        'scripts/inference.py',
        '--model',
        'models/current',
        '--input',
        path.resolve(file),
        '--output',
        output,
      ],
      { cwd: root, limitSeconds },
    );
    if (result.exitCode === 2) {
      throw new AppError('input.invalid', result.stderr.trim().split('\n').at(-1) ?? 'The input was refused', {
        hint: 'Compare it with models/current/samples.json.',
      });
    }
    expectSuccess(result, 'Predicting');
    return { outputs: z.array(z.unknown()).parse(readJson(output)), said: result.stderr.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
