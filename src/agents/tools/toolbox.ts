import { jsonSchema, type Tool, tool } from 'ai';
import { applyPatch, createTwoFilesPatch } from 'diff';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { WaitingError } from '../../pipeline/questions.ts';
import type { RunResult } from '../../world/processes.ts';
import type { ToolName } from '../role.ts';
import { asData } from './as-data.ts';
import { ToolRefusal, type Workspace } from './workspace.ts';

export type AskedByAgent = { question: string; why?: string; recommended?: string; options?: string[] };

/** What stands behind the tools of a task. */
export type ToolGround = {
  workspace: Workspace;
  /** Runs the project's Python by argv, confined and limited. */
  runPython(argv: string[]): Promise<RunResult>;
  /** The answer of a person; null: no more may be asked. Throws a WaitingError where nobody answers now. */
  ask(question: AskedByAgent): Promise<string | null>;
  /** A profile of the data: columns, kinds, counts, first rows. */
  lookAtData(): Promise<string>;
  record(kind: string, data: Record<string, unknown>): void;
  /** Characters of a result that are shown. */
  shown: number;
};

type Definition = {
  description: string;
  input: z.ZodType;
  work(input: never, ground: ToolGround): Promise<ToolResult>;
};
type ToolResult = { text: string; exitCode?: number };

const define = <Input>(definition: {
  description: string;
  input: z.ZodType<Input>;
  work(input: Input, ground: ToolGround): Promise<ToolResult>;
}): Definition => definition as Definition;

const file = z.string().min(1).max(500).describe('path relative to the project');

const definitions: Record<ToolName, Definition> = {
  list: define({
    description: 'Lists the files below a folder of the project.',
    input: z.strictObject({ folder: z.string().max(500).default('.') }),
    work: async ({ folder }, { workspace }) => ({ text: workspace.files(folder).slice(0, 500).join('\n') }),
  }),
  read: define({
    description: 'Reads a text file of the project, with line numbers.',
    input: z.strictObject({ file, from: z.int().min(1).default(1), lines: z.int().min(1).max(2000).default(400) }),
    work: async ({ file: name, from, lines }, { workspace }) => {
      const all = workspace.read(name).split('\n');
      const part = all.slice(from - 1, from - 1 + lines);
      return { text: part.map((line, index) => `${from + index}\t${line}`).join('\n') };
    },
  }),
  search: define({
    description: 'Finds lines that contain a text, in all files below a folder.',
    input: z.strictObject({ text: z.string().min(1).max(200), folder: z.string().max(500).default('.') }),
    work: async ({ text, folder }, { workspace }) => {
      const found = workspace.files(folder).flatMap((name) => linesWith(name, text, workspace));
      return { text: found.slice(0, 200).join('\n') || 'nothing found' };
    },
  }),
  write: define({
    description: 'Writes a whole file of the project; text null removes it.',
    input: z.strictObject({ file, text: z.string().max(200_000).nullable() }),
    work: async ({ file: name, text }, { workspace }) => {
      await workspace.write(name, text);
      return { text: text === null ? `${name} removed` : `${name} written, ${text.length} characters` };
    },
  }),
  patch: define({
    description: 'Changes a file: replaces a passage that occurs exactly once, or applies a unified diff.',
    input: z.union([
      z.strictObject({ file, from: z.string().min(1), to: z.string() }),
      z.strictObject({ file, diff: z.string().min(1) }),
    ]),
    work: async (input, { workspace }) => {
      const before = workspace.read(input.file);
      const after =
        'diff' in input ? applyPatch(before, input.diff) : replaceOnce(before, input.from, input.to, input.file);
      if (after === false) throw new ToolRefusal(`the diff does not fit ${input.file}`);
      await workspace.write(input.file, after);
      return { text: createTwoFilesPatch(input.file, input.file, before, after) };
    },
  }),
  run: define({
    description:
      'Runs the project\'s Python with these arguments, such as ["-m", "pytest", "-q"]; no shell, no network.',
    input: z.strictObject({ arguments: z.array(z.string().max(2000)).min(1).max(50) }),
    work: async ({ arguments: argv }, { runPython }) => {
      const { exitCode, ended, stdout, stderr } = await runPython(argv);
      return { text: `exit code ${exitCode}${ended === 'exit' ? '' : ` (${ended})`}\n${stdout}\n${stderr}`, exitCode };
    },
  }),
  ask: define({
    description:
      'Asks the person in charge a question, with the answer that you recommend; only where the answer changes a decision. The work may stop until it comes.',
    input: z.strictObject({
      question: z.string().min(5).max(1000),
      why: z.string().min(1).max(500).optional(),
      recommended: z.string().min(1).max(200).optional(),
      options: z.array(z.string().min(1).max(200)).max(6).optional(),
    }),
    work: async (asked, { ask }) => ({
      text: (await ask(asked as AskedByAgent)) ?? 'No more questions can be asked; decide by the brief alone.',
    }),
  }),
  look_at_data: define({
    description: 'Shows a profile of the data: columns, kinds, counts, ranges and a few rows. Never the hold-out.',
    input: z.strictObject({}),
    work: async (_, { lookAtData }) => ({ text: await lookAtData() }),
  }),
};

const linesWith = (name: string, text: string, workspace: Workspace): string[] => {
  let content: string;
  try {
    content = workspace.read(name);
  } catch (error) {
    if (error instanceof ToolRefusal || error instanceof Error) return []; // too large or no text: nothing to show
    throw error;
  }
  return content
    .split('\n')
    .flatMap((line, index) => (line.includes(text) ? [`${name}:${index + 1}: ${line.slice(0, 200)}`] : []));
};

const replaceOnce = (text: string, from: string, to: string, name: string): string => {
  const count = text.split(from).length - 1;
  if (count !== 1) throw new ToolRefusal(`the passage occurs ${count} times in ${name}, not once`);
  return text.replace(from, () => to);
};

/** The tools of a role. Each call lands in the journal with arguments, duration, size and exit code. */
export const toolbox = (names: readonly ToolName[], ground: ToolGround): Record<string, Tool> =>
  Object.fromEntries(names.map((name) => [name, asTool(name, definitions[name], ground)]));

const asTool = (name: ToolName, { description, input, work }: Definition, ground: ToolGround): Tool =>
  tool({
    description,
    inputSchema: jsonSchema(z.toJSONSchema(input, { io: 'input' }) as Parameters<typeof jsonSchema>[0]),
    execute: async (given: unknown) => {
      const started = performance.now();
      const { text, exitCode, refused } = await attempt(given, { input, work }, ground);
      const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
      recordCall(ground, name, { given, seconds, size: text.length, exitCode: exitCode ?? null, refused });
      return asData(text.slice(0, ground.shown), text.length > ground.shown);
    },
  });

type Call = { given: unknown; seconds: number; size?: number; exitCode?: number | null; refused: string | null };

/** What an agent asked of a tool, for the journal. */
export const recordCall = (
  { record }: Pick<ToolGround, 'record'>,
  tool: string,
  { given, seconds, size = 0, exitCode = null, refused }: Call,
): void => record('agent.tool', { tool, arguments: short(given), seconds, size, exitCode, refused });

const attempt = async (
  given: unknown,
  { input, work }: Pick<Definition, 'input' | 'work'>,
  ground: ToolGround,
): Promise<ToolResult & { refused: string | null }> => {
  const parsed = input.safeParse(given);
  if (!parsed.success) return refusal(`wrong arguments: ${z.prettifyError(parsed.error)}`);
  try {
    return { ...(await work(parsed.data as never, ground)), refused: null };
  } catch (error) {
    if (error instanceof ToolRefusal) return refusal(error.message);
    if (error instanceof WaitingError) throw error;
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return refusal(messageOf(error));
    throw error;
  }
};

const refusal = (message: string) => ({ text: `refused: ${message}`, refused: message });

const longest = 2000;
/** Arguments as the journal keeps them: long texts by their length and beginning. */
const short = (given: unknown): unknown => {
  const text = JSON.stringify(given) ?? '';
  return text.length <= longest ? given : `${text.slice(0, longest)}… (${text.length} characters)`;
};
