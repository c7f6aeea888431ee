import { createProgram } from './program.ts';
import { runProgram } from './run-program.ts';

/** Specwright's command line. */
export const main = (args: string[]): Promise<void> => runProgram(createProgram, args);
