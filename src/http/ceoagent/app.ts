import jwt from '@fastify/jwt';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import reference from '@scalar/fastify-api-reference';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { AnalysisFault } from '../../ceoagent/fault.ts';
import { pressureLimits, underPressure } from '../pressure.ts';
import { quietReference } from '../reference.ts';
import { addAnalyses } from './analyses.ts';
import { replyNotFound, replyWithError } from './errors.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Parts } from './parts.ts';

/** Told while everything waits for its turn. */
class Overloaded extends AnalysisFault {
  constructor() {
    super('OVERLOADED', 'More is asked than can be answered now; ask again in a few seconds');
  }
}

export type App = FastifyInstance & { metrics: Metrics };

/** CEOAgent's interface: analyses, health, documentation and metrics. */
export const createApp = async (parts: Parts): Promise<App> => {
  const { settings } = parts;
  const metrics = createMetrics({ version: settings.MODEL_VERSION, slot: settings.SLOT });
  const app = Fastify({
    logger: { level: settings.DEBUG ? 'debug' : 'info' },
    logController: new LogController({ disableRequestLogging: !settings.DEBUG }),
    bodyLimit: settings.MAX_BODY_BYTES,
    requestTimeout: 30_000,
    genReqId: () => crypto.randomUUID(),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(replyWithError);
  app.setNotFoundHandler(replyNotFound);
  measure(app, metrics);
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'CEOAgent',
        version: settings.MODEL_VERSION,
        description: 'Decision analysis: options, risks, worth.',
      },
      ...(settings.JWT_SECRET
        ? { components: { securitySchemes: { bearer: { type: 'http' as const, scheme: 'bearer' } } } }
        : {}),
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(reference, { routePrefix: '/docs', configuration: quietReference });
  if (settings.JWT_SECRET) await app.register(jwt, { secret: settings.JWT_SECRET });
  await app.register(async (api) => {
    if (settings.RATE_LIMIT > 0) await api.register(rateLimit, { max: settings.RATE_LIMIT, timeWindow: '1 minute' });
    await api.register(underPressure, pressureLimits(settings.MAX_WAIT_MS, Overloaded));
    if (settings.JWT_SECRET) api.addHook('onRequest', (request) => request.jwtVerify());
    addAnalyses(api.withTypeProvider<ZodTypeProvider>(), parts, metrics);
  });
  addHealth(app, parts, metrics);
  return Object.assign(app, { metrics });
};

/** Paths as they are declared, so that ids do not make a series each. */
const measure = (app: FastifyInstance, { requests, seconds }: Metrics): void => {
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'other';
    requests.inc({ path, status: String(reply.statusCode) });
    seconds.observe({ path }, reply.elapsedTime / 1000);
  });
};

const addHealth = (app: FastifyInstance, parts: Parts, metrics: Metrics): void => {
  app.get('/health', { schema: { summary: 'Whether it runs' } }, async () => ({
    status: 'ok',
    version: parts.settings.MODEL_VERSION,
  }));
  app.get('/ready', { schema: { summary: 'Whether it can answer well' } }, async (_, reply) => {
    const why = await parts.notReady();
    return reply.status(why === null ? 200 : 503).send({ status: why === null ? 'ready' : 'not ready', why });
  });
  app.get('/metrics', { schema: { summary: 'For Prometheus' } }, async (_, reply) => {
    metrics.prompts.set(parts.promptProblem() === null ? 1 : 0);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
};
