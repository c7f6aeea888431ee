import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Analysed, Message } from '../../ceoagent/analysis.ts';
import { AnalysisFault } from '../../ceoagent/fault.ts';
import {
  analysesReply,
  analysisId,
  analysisReply,
  analyzeBody,
  analyzeReply,
  errorReply,
  feedbackBody,
  feedbackReply,
  page,
} from './contract.ts';
import type { Metrics } from './metrics.ts';
import type { Parts } from './parts.ts';

type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

const failed = (what: string) => errorReply.describe(what);
const failures = {
  400: failed('INVALID_INPUT: the request is not of this form; details name the fields'),
  401: failed('UNAUTHORIZED: a bearer token is asked for'),
  413: failed('PAYLOAD_TOO_LARGE: the body is larger than MAX_BODY_BYTES'),
  429: failed('RATE_LIMITED: too many requests within a minute'),
  500: failed('PARSE_ERROR: the answer of the model is no whole analysis'),
  502: failed('LLM_ERROR: the provider of the model failed'),
  503: failed('OVERLOADED: ask again after Retry-After seconds'),
  504: failed('TIMEOUT: no answer within REQUEST_TIMEOUT'),
};
const unknown = failed('NOT_FOUND: there is no such analysis');

/** `/api/v1/analyze` and the analyses that were made. */
export const addAnalyses = (api: Api, parts: Parts, metrics: Metrics): void => {
  const { settings, analyses, now } = parts;
  api.post(
    '/api/v1/analyze',
    {
      schema: {
        summary: 'Analyse a decision',
        body: analyzeBody(settings.MAX_QUERY_LENGTH),
        response: {
          200: analyzeReply.describe('A whole analysis: situation, risks, at least two recommendations, the choice'),
          ...failures,
        },
      },
    },
    async ({ body, id, log }) => {
      const started = performance.now();
      const { query, context = {}, session_id: sessionId = null } = body;
      const analysed = await analyse(parts, metrics, { query, context, sessionId });
      const milliseconds = Math.round((performance.now() - started) * 100) / 100;
      const analysis_id = await analyses.save({ ...analysed, sessionId, query, context, milliseconds }, now());
      const { result, model, tokens, promptVersion, warnings } = analysed;
      log.info({ analysis_id, model, tokens, milliseconds }, 'analysed');
      return {
        success: true as const,
        data: { analysis_id, query, result },
        metadata: {
          model,
          tokens_used: tokens,
          execution_time_ms: milliseconds,
          prompt_version: promptVersion,
          request_id: id,
          ...(warnings.length > 0 ? { warnings } : {}),
        },
      };
    },
  );
  api.get(
    '/api/v1/analyses',
    {
      schema: {
        summary: 'The analyses that were made, the latest first',
        querystring: page,
        response: { 200: analysesReply.describe('A page of them'), ...failures },
      },
    },
    async ({ query: { limit, offset }, id }) => ({
      success: true as const,
      data: { ...(await analyses.list({ limit, offset })), limit, offset },
      metadata: { request_id: id },
    }),
  );
  api.get(
    '/api/v1/analyses/:id',
    {
      schema: {
        summary: 'One analysis',
        params: analysisId,
        response: { 200: analysisReply.describe('The analysis as it was answered'), 404: unknown, ...failures },
      },
    },
    async ({ params, id }) => {
      const found = await analyses.find(params.id);
      if (!found) throw missing(params.id);
      return { success: true as const, data: found, metadata: { request_id: id } };
    },
  );
  api.post(
    '/api/v1/analyses/:id/feedback',
    {
      schema: {
        summary: 'Rate an analysis',
        params: analysisId,
        body: feedbackBody,
        response: { 200: feedbackReply.describe('What is kept now'), 404: unknown, ...failures },
      },
    },
    async ({ params, body: { rating, comment = null }, id }) => {
      if (!(await analyses.rate(params.id, { rating, comment }))) throw missing(params.id);
      return {
        success: true as const,
        data: { analysis_id: params.id, rating, comment },
        metadata: { request_id: id },
      };
    },
  );
};

const missing = (id: string) => new AnalysisFault('NOT_FOUND', `There is no analysis ${id}`);

const analyse = async (
  { analyst, sessions, settings, now }: Parts,
  { analyses, tokens, predictions }: Metrics,
  { query, context, sessionId }: { query: string; context: Record<string, unknown>; sessionId: string | null },
): Promise<Analysed> => {
  const signal = AbortSignal.timeout(settings.REQUEST_TIMEOUT * 1000);
  const history = sessionId === null ? [] : await sessions.history(sessionId, now());
  try {
    const analysed = await analyst({ query, context, history }, signal);
    analyses.inc({ outcome: 'success' });
    tokens.inc({ model: analysed.model }, analysed.tokens);
    const { choice } = analysed.result.final_recommendation;
    const chosen = analysed.result.recommendations.find(({ title }) => title === choice);
    if (chosen) predictions.inc({ label: chosen.risk_level });
    if (sessionId !== null) await sessions.add(sessionId, said(query, analysed), now());
    return analysed;
  } catch (error) {
    analyses.inc({ outcome: error instanceof AnalysisFault ? error.code : 'INTERNAL_ERROR' });
    if (error instanceof AnalysisFault && error.spent) tokens.inc({ model: error.spent.model }, error.spent.tokens);
    throw error;
  }
};

const said = (query: string, { result }: Analysed): Message[] => [
  { role: 'user', content: query },
  { role: 'assistant', content: `${result.final_recommendation.choice}: ${result.final_recommendation.reasoning}` },
];
