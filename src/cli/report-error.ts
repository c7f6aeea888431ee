import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError, exitCodeOf, isDiskFull, messageOf } from '../errors.ts';
import type { Console } from './show/console.ts';

/** Prints what failed and what to do next, never a stack; returns the exit code. */
export const reportError = (
  console: Console,
  error: unknown,
  { json = false }: { json?: boolean | undefined } = {},
): number => {
  const { message, hint, code } = explain(error);
  process.stderr.write(`${console.tone('bad', 'error:')} ${message}\n${hint ? `hint: ${hint}\n` : ''}`);
  if (json) console.json({ verdict: 'failed', error: { code, message, hint: hint ?? null } });
  return exitCodeOf(error);
};

/** The message on one line, what to do next, and a code for programs. */
export const explain = (error: unknown): { message: string; hint: string | undefined; code: string } => {
  if (error instanceof AppError) return { message: error.message, hint: error.hint, code: error.code };
  if (isDiskFull(error)) {
    const hint = 'Free some space, then repeat the command: what was begun goes on from the journal.';
    return { message: `the disk is full (${messageOf(error)})`, hint, code: 'disk.full' };
  }
  return {
    message: messageOf(error).split('\n')[0]!,
    hint: `This was not expected; details are in ${writeDetails(error)}`,
    code: 'unexpected',
  };
};

const writeDetails = (error: unknown): string => {
  const file = path.join(tmpdir(), 'specwright', `error-${Date.now()}-${process.pid}.log`);
  const details =
    error instanceof Error ? `${error.stack}\n${error.cause ? `cause: ${String(error.cause)}\n` : ''}` : String(error);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, details);
  return file;
};
