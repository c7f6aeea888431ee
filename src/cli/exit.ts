/**
 * Ends the program. Nothing else in it calls `process.exit`: a library's timer or thread would otherwise keep a
 * finished command alive.
 */
export const exitWith = (code: number): never => process.exit(code);
