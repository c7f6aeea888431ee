import underPressure from '@fastify/under-pressure';

/** Seconds after which it is worth asking again. */
export const retryAfterSeconds = 5;

/**
 * What an API is guarded by: when everything waits longer than this for its turn, further requests are refused at once
 * with 503 and Retry-After. Registered for the API alone, so that `/health` and `/metrics` still tell how it stands.
 */
export const pressureLimits = (longestWaitMs: number, customError: new () => Error) => ({
  maxEventLoopDelay: longestWaitMs,
  sampleInterval: 500,
  retryAfter: retryAfterSeconds,
  customError: customError as unknown as Error,
});
export { underPressure };
