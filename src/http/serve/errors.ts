import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, errorTable } from '../../errors.ts';

type Told = { status: number; code: string; message: string; hint: string | null };

/** Failures by the table that the command line has its exit codes from. */
export const replyWithError = (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) => {
  const { status, ...told } = tell(error);
  if (status >= 500 && told.code === 'internal') request.log.error({ err: error }, 'unexpected failure');
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.status(status).send({ error: told, request_id: request.id });
};

const tell = (error: FastifyError | Error): Told => {
  if (error instanceof AppError) {
    return {
      status: errorTable[error.code].status,
      code: error.code,
      message: error.message,
      hint: error.hint ?? null,
    };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const told = error.validation.map(
      ({ instancePath, message }) => `${instancePath.replace(/^\//, '').replaceAll('/', '.') || 'body'}: ${message}`,
    );
    return {
      status: 400,
      code: 'usage',
      message: told.join('; ').replaceAll('received undefined', 'it is missing'),
      hint: 'The form of requests stands at /docs.',
    };
  }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status < 500)
    return {
      status,
      code: status === 401 ? 'unauthorized' : status === 403 ? 'forbidden' : 'usage',
      message: error.message,
      hint: null,
    };
  return {
    status: 500,
    code: 'internal',
    message: 'An unexpected failure; the log holds it under the request id',
    hint: null,
  };
};
