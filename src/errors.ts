/** One table for every expected failure: the exit code of the command line and the status of the HTTP door. */
export const errorTable = {
  usage: { exit: 2, status: 400 },
  'input.invalid': { exit: 2, status: 422 },
  'data.unusable': { exit: 2, status: 422 },
  'rules.invalid': { exit: 2, status: 422 },
  'artifact.invalid': { exit: 2, status: 422 },
  'gate.refused': { exit: 3, status: 409 },
  'proof.broken': { exit: 3, status: 409 },
  'tool.failed': { exit: 4, status: 502 },
  'tool.missing': { exit: 4, status: 502 },
  'disk.full': { exit: 4, status: 507 },
  'project.not-ours': { exit: 5, status: 404 },
  'project.locked': { exit: 5, status: 423 },
  overloaded: { exit: 4, status: 503 },
  waiting: { exit: 10, status: 202 },
  interrupted: { exit: 130, status: 499 },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** A failure that is expected: says what failed on which input, and `hint` says what to do next. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint;
  }
}

export const exitCodeOf = (error: unknown): number => {
  if (error instanceof AppError) return errorTable[error.code].exit;
  return isDiskFull(error) ? errorTable['disk.full'].exit : 1;
};

export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'disk.full'].includes(String(error.code));

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
