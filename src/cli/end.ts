/** Tells the exit code that a command ended with; 0 where it is not called. */
export type End = (code: number) => void;
