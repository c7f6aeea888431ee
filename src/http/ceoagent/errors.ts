import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AnalysisFault, faults } from '../../ceoagent/fault.ts';
import { retryAfterSeconds } from '../pressure.ts';

/** Every failure in the one form of the interface; what was not expected is logged whole and told in a word. */
export const replyWithError = (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) => {
  const fault = asFault(error);
  if (fault.code === 'INTERNAL_ERROR') request.log.error({ err: error }, 'unexpected failure');
  else request.log.info({ code: fault.code, reason: fault.message }, 'request refused');
  if (fault.code === 'OVERLOADED') void reply.header('retry-after', String(retryAfterSeconds));
  if (fault.code === 'UNAUTHORIZED') void reply.header('www-authenticate', 'Bearer');
  return reply.status(faults[fault.code]).send({
    success: false,
    error: { code: fault.code, message: fault.message, details: fault.details ?? null },
    metadata: { request_id: request.id },
  });
};

export const replyNotFound = (request: FastifyRequest, reply: FastifyReply) =>
  replyWithError(
    new AnalysisFault('NOT_FOUND', `There is no ${request.method} ${request.url.split('?')[0]}`),
    request,
    reply,
  );

const asFault = (error: FastifyError | Error): AnalysisFault => {
  if (error instanceof AnalysisFault) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const details = error.validation.map(({ instancePath, message }) => ({
      field: instancePath.replace(/^\//, '').replaceAll('/', '.') || '(body)',
      problem: (message ?? 'is not valid').replace('received undefined', 'it is missing'),
    }));
    return new AnalysisFault(
      'INVALID_INPUT',
      `${details[0]?.field ?? 'The request'}: ${details[0]?.problem ?? 'not valid'}`,
      { details },
    );
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status === 401)
    return new AnalysisFault('UNAUTHORIZED', 'A bearer token is needed, and this is none that is valid');
  if (status === 413) return new AnalysisFault('PAYLOAD_TOO_LARGE', 'The body is larger than MAX_BODY_BYTES');
  if (status === 429) return new AnalysisFault('RATE_LIMITED', 'Too many requests within a minute');
  if (status >= 400 && status < 500) return new AnalysisFault('INVALID_INPUT', error.message);
  return new AnalysisFault('INTERNAL_ERROR', 'An unexpected failure; the log holds it under the request id', {
    cause: error,
  });
};
