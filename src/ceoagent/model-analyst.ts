import { APICallError } from '@ai-sdk/provider';
import { generateText } from 'ai';
import { providers } from '../agents/model/choice.ts';
import type { ModelAccess } from '../agents/model/keys.ts';
import { type CallRules, isTransient, languageModel } from '../agents/model/language-model.ts';
import { messageOf } from '../errors.ts';
import type { Analyst } from './analysis.ts';
import { AnalysisFault, type Spent } from './fault.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Prompts } from './prompts.ts';

const outputTokens = 8000;

/** Analyses by a model; only 5xx and timeouts are tried again, after 1, 2 and 4 s. */
export const modelAnalyst = (options: {
  provider: string;
  model: string;
  access: ModelAccess;
  rules: CallRules;
  prompts: () => Prompts;
  record(kind: string, data: Record<string, unknown>): void;
}): Analyst => {
  const model = languageModel({
    ...options,
    prices: {},
    meters: [],
    records: null,
    replay: null,
    retryOn: (error) => isTransient(error) && !isStatus(error, 429),
    steady: true,
  });
  return async ({ query, context, history }, signal) => {
    const prompts = options.prompts();
    const asked = prompts.fill({ query, context: JSON.stringify(context, null, 1) });
    const answer = await generateText({
      model,
      instructions: {
        role: 'system',
        content: prompts.system,
        providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
      },
      messages: [...history, { role: 'user', content: asked }],
      maxOutputTokens: outputTokens,
      maxRetries: 0,
      abortSignal: signal,
    }).catch((error: unknown) => {
      throw asFault(error, signal);
    });
    const tokens = (answer.usage.inputTokens ?? 0) + (answer.usage.outputTokens ?? 0);
    const spent = { model: `${options.provider}:${options.model}`, tokens };
    const { result, warnings } = parsed(answer.text, spent);
    return { result, warnings, ...spent, promptVersion: prompts.version };
  };
};

const parsed = (text: string, spent: Spent): ReturnType<typeof parseAnswer> => {
  try {
    return parseAnswer(text);
  } catch (error) {
    if (!(error instanceof AnalysisFault)) throw error;
    throw new AnalysisFault(error.code, error.message, { details: error.details, cause: error, spent });
  }
};

/** Whether a provider of this name exists. */
export const isProvider = (name: string): boolean => name in providers;

const isStatus = (error: unknown, status: number): boolean =>
  APICallError.isInstance(error) && error.statusCode === status;

const asFault = (error: unknown, signal: AbortSignal): AnalysisFault => {
  if (signal.aborted || hasName(error, 'TimeoutError'))
    return new AnalysisFault('TIMEOUT', 'The model did not answer in time', { cause: error });
  const status = APICallError.isInstance(error) ? (error.statusCode ?? null) : null;
  return new AnalysisFault('LLM_ERROR', `The provider of the model failed${status ? ` with ${status}` : ''}`, {
    details: { status, reason: messageOf(error).split('\n')[0]!.slice(0, 200) },
    cause: error,
  });
};

const hasName = (error: unknown, name: string): boolean =>
  error instanceof Error && (error.name === name || (error.cause !== undefined && hasName(error.cause, name)));
