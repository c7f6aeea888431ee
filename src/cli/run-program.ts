import { type Command, CommanderError } from 'commander';
import type { End } from './end.ts';
import { exitWith } from './exit.ts';
import { createConsole } from './show/console.ts';

/** Parses, runs one command of a program, and ends the process with its exit code. */
export const runProgram = async (create: (end: End) => Command, args: string[]): Promise<void> => {
  exitWith(await run(create, args));
};

const run = async (create: (end: End) => Command, args: string[]): Promise<number> => {
  let code = 0;
  const program = create((end) => {
    code = end;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { reportError } = await import('./report-error.ts');
    const json = args.includes('--json');
    return reportError(createConsole({ json }), error, { json });
  }
};
