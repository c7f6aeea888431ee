import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { listFiles, readText } from '../world/files.ts';
import { lastLines, type Run } from '../world/processes.ts';
import type { Role } from './role.ts';
import { ToolRefusal, type Workspace } from './tools/workspace.ts';

/**
 * Lets a coding agent that is started by its argv, such as `claude -p`, work in a copy of the files that agents may
 * see. It is given the role and the task on standard input; what it changed in the copy goes into the project through
 * the same refusals as a tool's writing, and the last JSON object that it prints is its answer.
 */
export const runCommandAgent = async <Output>(task: {
  argv: string[];
  role: Role;
  prompt: string;
  schema: z.ZodType<Output>;
  workspace: Workspace;
  folder: string;
  run: Run;
  environment: Record<string, string>;
  limitSeconds: number;
  signal: AbortSignal;
  record(kind: string, data: Record<string, unknown>): void;
}): Promise<Output> => {
  const before = copyOut(task.workspace, task.folder);
  const input = `${task.role.standing}\n\n${task.prompt}\n\nEnd with a single JSON object of this schema:\n${JSON.stringify(task.role.output)}\n`;
  const [program, ...rest] = task.argv as [string, ...string[]];
  const result = await task.run([program, ...rest], {
    cwd: task.folder,
    input,
    env: task.environment,
    limitSeconds: task.limitSeconds,
    signal: task.signal,
  });
  task.record('agent.command', {
    argv: task.argv,
    seconds: result.seconds,
    exitCode: result.exitCode,
    ended: result.ended,
  });
  if (result.exitCode !== 0) {
    throw new AppError(
      'tool.failed',
      `${task.argv.join(' ')} ended with ${result.exitCode} (${result.ended}): ${lastLines(result, 5)}`,
    );
  }
  const parsed = task.schema.safeParse(lastObject(result.stdout));
  if (!parsed.success) throw new AppError('tool.failed', `${task.argv.join(' ')} printed no answer of the asked form`);
  await bringBack(task, before);
  return parsed.data;
};

const copyOut = (workspace: Workspace, folder: string): Map<string, string> => {
  const copied = new Map<string, string>();
  for (const file of workspace.files('.')) {
    const bytes = readFileSync(path.join(workspace.root, file));
    if (bytes.length > 2_000_000) continue;
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), bytes);
    copied.set(file, bytes.toString('utf8'));
  }
  return copied;
};

const bringBack = async (
  {
    workspace,
    folder,
    record,
  }: { workspace: Workspace; folder: string; record(kind: string, data: Record<string, unknown>): void },
  before: Map<string, string>,
): Promise<void> => {
  const after = new Set(listFiles(folder, (file) => /(?:^|\/)(?:__pycache__|\.[a-z_]+_cache|\.git)$/.test(file)));
  const changes: [file: string, text: string | null][] = [
    ...[...after]
      .filter((file) => readText(path.join(folder, file)) !== before.get(file))
      .map((file): [string, string] => [file, readText(path.join(folder, file))]),
    ...[...before.keys()]
      .filter((file) => !existsSync(path.join(folder, file)))
      .map((file): [string, null] => [file, null]),
  ];
  for (const [file, text] of changes) {
    const refused = await workspace.write(file, text).then(
      () => null,
      (error: unknown) => {
        if (error instanceof ToolRefusal) return error.message;
        throw error;
      },
    );
    record('agent.tool', {
      tool: 'write',
      arguments: { file },
      seconds: 0,
      size: text?.length ?? 0,
      exitCode: null,
      refused,
    });
  }
};

/** The last outermost braces of what was printed that hold JSON. */
const lastObject = (text: string): unknown => {
  for (let end = text.lastIndexOf('}'); end >= 0; end = text.lastIndexOf('}', end - 1)) {
    for (let begin = text.indexOf('{'); begin >= 0 && begin < end; begin = text.indexOf('{', begin + 1)) {
      const value = parsed(text.slice(begin, end + 1));
      if (value !== undefined) return value;
    }
  }
  return undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: the next braces are tried
  }
};
