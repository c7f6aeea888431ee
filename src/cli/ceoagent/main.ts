import { CommanderError } from 'commander';
import { exitWith } from '../exit.ts';
import { createConsole } from '../show/console.ts';
import { createCeoagentProgram } from './program.ts';

/** CEOAgent's own command line: parses, runs one command, and ends the process with its exit code. */
export const main = async (args: string[]): Promise<void> => {
  exitWith(await run(args));
};

const run = async (args: string[]): Promise<number> => {
  let code = 0;
  const program = createCeoagentProgram((end) => {
    code = end;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { reportError } = await import('../report-error.ts');
    const json = args.includes('--json');
    return reportError(createConsole({ json }), error, { json });
  }
};
