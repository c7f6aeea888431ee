/** The errors of CEOAgent's interface, each with its HTTP status. */
export const faults = {
  INVALID_INPUT: 400,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  PARSE_ERROR: 500,
  INTERNAL_ERROR: 500,
  LLM_ERROR: 502,
  OVERLOADED: 503,
  TIMEOUT: 504,
} as const;

export type FaultCode = keyof typeof faults;
export type Spent = { model: string; tokens: number };

/** An expected failure of an analysis; `details` holds what helps, never a key or a prompt. */
export class AnalysisFault extends Error {
  readonly code: FaultCode;
  readonly details: unknown;
  /** What a model was paid for although nothing came of it. */
  readonly spent: Spent | null;

  constructor(code: FaultCode, message: string, options: { details?: unknown; cause?: unknown; spent?: Spent } = {}) {
    super(message, { cause: options.cause });
    this.name = 'AnalysisFault';
    this.code = code;
    this.details = options.details ?? null;
    this.spent = options.spent ?? null;
  }
}
