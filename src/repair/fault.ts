/** What a failed run left behind. */
export type Failure = { command: string; exitCode: number; ended: string; output: string };

/** What a repair may do; everything lands in the journal and can be taken back. */
export type Bench = {
  root: string;
  /** Versions that VENV_CONFIG.md allows, by normalised package name. */
  versions: Record<string, string>;
  read(file: string): string | null;
  readBytes(file: string): Uint8Array | null;
  write(file: string, content: string): Promise<void>;
  /** Files of the project below a folder. */
  list(folder: string): string[];
  install(requirement: string): Promise<boolean>;
  /** Writes data/mini anew from data/full. */
  remakeMini(): Promise<void>;
  /** Classes that the target has in data/full. */
  classesInData(): Promise<string[] | null>;
  /** The columns of data/full. */
  columnsInData(): Promise<string[]>;
};

/** A fault that is known: how it shows, and what mends it. */
export type Fault = {
  id: string;
  /** Step of DEBUG_CODE.md in which it shows. */
  step: string;
  /** What the failure says of it, or null where it is another fault. */
  recognise(failure: Failure): Record<string, string> | null;
  /** The change in words, or null where it cannot be mended here. Tried again with `attempt` 1, 2, … */
  mend(found: Record<string, string>, bench: Bench, attempt: number): Promise<string | null>;
};

/** The last line of a traceback: class and message. */
export const exceptionOf = (output: string): { name: string; message: string } => {
  const lines = output.trimEnd().split('\n').reverse();
  const line = lines.find(
    (one) => /^[A-Za-z_][\w.]*(Error|Exception|Interrupt|Warning)?(:|$)/.test(one) && !one.startsWith('  '),
  );
  const match = /^([A-Za-z_][\w.]*)(?::\s*([\s\S]*))?$/.exec(line ?? '');
  return { name: match?.[1] ?? 'unknown', message: match?.[2] ?? lines[0] ?? '' };
};

/** The deepest frame inside the project: file and line. */
export const frameOf = (output: string, root: string): string | null => {
  const frames = [...output.matchAll(/File "([^"]+)", line (\d+)/g)].filter(
    (match) => match[1]!.startsWith(root) && !match[1]!.includes('/debug-'),
  );
  const last = frames.at(-1);
  return last ? `${last[1]!.slice(root.length + 1)}:${last[2]}` : null;
};
