import { runProgram } from '../run-program.ts';
import { createCeoagentProgram } from './program.ts';

/** CEOAgent's own command line. */
export const main = (args: string[]): Promise<void> => runProgram(createCeoagentProgram, args);
