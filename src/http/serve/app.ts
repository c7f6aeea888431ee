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
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { projectNames, type Workshop } from '../../operations/headless/workshop.ts';
import { pressureLimits, underPressure } from '../pressure.ts';
import { quietReference } from '../reference.ts';
import type { Allow } from './api.ts';
import { addData } from './data.ts';
import { replyWithError } from './errors.ts';
import { addEvents } from './events.ts';
import { addProjects } from './projects.ts';
import { createRuns } from './runs.ts';

export type DoorOptions = {
  /** Signs the tokens that requests must bring (HS256); null: none are asked for, which is for loopback alone. */
  secret: string | null;
  /** Requests a minute and address; 0: no limit. */
  rateLimit: number;
  /** Runs at once. */
  atOnce: number;
  mostDataBytes: number;
  log: boolean;
  /** Milliseconds that everything may wait for its turn before further requests are refused. */
  longestWaitMs: number;
};

class Overloaded extends AppError {
  constructor() {
    super('overloaded', 'More is asked than can be answered now', { hint: 'Ask again in a few seconds.' });
  }
}

const claims = z.object({ role: z.enum(['viewer', 'operator']).default('viewer') });

/** The pipeline over HTTP, by the same operations as the command line. */
export const createDoor = async (workshop: Workshop, options: DoorOptions): Promise<FastifyInstance> => {
  const app = Fastify({
    logger: options.log ? { level: 'info' } : false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1_000_000,
    genReqId: () => crypto.randomUUID(),
  }).withTypeProvider<ZodTypeProvider>();
  const runs = createRuns(workshop, { atOnce: options.atOnce, log: app.log });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(replyWithError);
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      error: {
        code: 'usage',
        message: `There is no ${request.method} ${request.url.split('?')[0]}`,
        hint: 'See /docs.',
      },
      request_id: request.id,
    }),
  );
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Specwright',
        version: '0.1.0',
        description: 'From a brief and data to a trained, deployed and watched service.',
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(reference, { routePrefix: '/docs', configuration: quietReference });
  if (options.secret) await app.register(jwt, { secret: options.secret });
  addHealth(app, workshop, runs);
  const allow: Allow = (role) => async (request) => {
    if (!options.secret) return;
    const given = claims.safeParse(await request.jwtVerify());
    if (!given.success || (role === 'operator' && given.data.role !== 'operator'))
      throw Object.assign(new Error(`This token may not do that: it needs the role ${role}`), { statusCode: 403 });
  };
  await app.register(
    async (api) => {
      if (options.rateLimit > 0) await api.register(rateLimit, { max: options.rateLimit, timeWindow: '1 minute' });
      await api.register(underPressure, pressureLimits(options.longestWaitMs, Overloaded));
      const typed = api.withTypeProvider<ZodTypeProvider>();
      addProjects(typed, { workshop, runs, allow });
      addEvents(typed, { workshop, allow });
      await api.register(async (data) =>
        addData(data.withTypeProvider<ZodTypeProvider>(), { workshop, allow, mostBytes: options.mostDataBytes }),
      );
    },
    { prefix: '/api/v1' },
  );
  app.addHook('onClose', () => runs.stop());
  return app;
};

const addHealth = (app: FastifyInstance, workshop: Workshop, runs: ReturnType<typeof createRuns>): void => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const of = { registers: [registry] };
  const requests = new Counter({
    ...of,
    name: 'requests_total',
    help: 'Answered requests.',
    labelNames: ['path', 'status'],
  });
  const seconds = new Histogram({
    ...of,
    name: 'request_seconds',
    help: 'From the request to the end of its answer.',
    labelNames: ['path'],
  });
  new Gauge({
    ...of,
    name: 'specwright_projects',
    help: 'Projects in the folder.',
    collect() {
      this.set(projectNames(workshop).length);
    },
  });
  new Gauge({
    ...of,
    name: 'specwright_runs',
    help: 'Runs of this server.',
    labelNames: ['state'],
    collect() {
      const { waiting, running } = runs.counts();
      this.set({ state: 'waiting' }, waiting);
      this.set({ state: 'running' }, running);
    },
  });
  app.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? 'other';
    requests.inc({ path, status: String(reply.statusCode) });
    seconds.observe({ path }, reply.elapsedTime / 1000);
  });
  app.get('/health', { schema: { summary: 'Whether it runs' } }, async () => ({ status: 'ok' }));
  app.get('/ready', { schema: { summary: 'Whether it can answer well' } }, async () => ({
    status: 'ready',
    projects: projectNames(workshop).length,
  }));
  app.get('/metrics', { schema: { summary: 'For Prometheus' } }, async (_, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
};

/** Without tokens only this machine may ask. */
export const checkAddress = (host: string, secret: string | null): void => {
  if (secret !== null || ['127.0.0.1', '::1', 'localhost'].includes(host)) return;
  throw new AppError('usage', `Serving on ${host} needs tokens`, {
    hint: 'Set SPECWRIGHT_JWT_SECRET to at least 32 characters, or serve on 127.0.0.1.',
  });
};
