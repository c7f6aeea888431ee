import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
} from '@ai-sdk/provider';
import { wrapLanguageModel } from 'ai';
import pRetry from 'p-retry';
import { AppError, messageOf } from '../../errors.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { costOf, type Meter, type Price, type Usage } from './budget.ts';
import { endpointOf, type ModelAccess } from './keys.ts';
import type { Recorder, Slot } from './record.ts';

export type CallRules = {
  /** Longest time of one call, retries apart. */
  call_seconds: number;
  answer_mb: number;
  /** Further tries after 429, 529, 5xx, a timeout or a lost connection. */
  retries: number;
  /** Wait before the first retry; it doubles, times a random factor between 1 and 2. */
  retry_seconds: number;
};

export type CallOptions = {
  provider: string;
  model: string;
  access: ModelAccess;
  rules: CallRules;
  prices: Record<string, Price>;
  meters: Meter[];
  /** Where calls are kept, and which task they are of; null: they are not. */
  records: { recorder: Recorder; task: Omit<Slot, 'call'> } | null;
  replay: Replay;
  record(kind: string, data: Record<string, unknown>): void;
  /** What is tried again, after waits that are random unless `steady` says otherwise. */
  retryOn?: (error: unknown) => boolean;
  steady?: boolean;
};

/**
 * Answers come from the records alone, and nothing leaves the machine. `strict` takes one only where the same was asked
 * to the byte; `near` also where what tools measured in between differs, and says so.
 */
export type Replay = 'near' | 'strict' | null;

/** The model of a provider with limits, retries, budget, journal and records around each call. */
export const languageModel = (options: CallOptions): LanguageModelV4 => {
  let calls = 0;
  return wrapLanguageModel({
    model: options.replay ? silent(options) : provided(options),
    middleware: {
      specificationVersion: 'v4',
      wrapGenerate: ({ doGenerate, params }) => call(options, params, { generate: doGenerate, number: calls++ }),
    },
  });
};

/** Stands where the provider would: whatever reaches it was not recorded. */
const silent = ({ provider, model }: CallOptions): LanguageModelV4 => {
  const refuse = () => Promise.reject(new AppError('input.invalid', 'a replay reaches no model'));
  return {
    specificationVersion: 'v4',
    provider,
    modelId: model,
    supportedUrls: {},
    doGenerate: refuse,
    doStream: refuse,
  };
};

const provided = ({ provider, model, access, rules }: CallOptions): LanguageModelV4 => {
  const { protocol, url, key } = endpointOf(provider, access);
  const common = {
    baseURL: url,
    fetch: boundedFetch({ bytes: rules.answer_mb * 1e6, seconds: rules.call_seconds }),
    ...(key ? { apiKey: key } : {}),
  };
  if (protocol === 'anthropic') return createAnthropic(common)(model);
  // The older interface of OpenAI is the one that other servers speak as well.
  if (protocol === 'openai') return createOpenAI(common).chat(model);
  return createOpenAICompatible({ ...common, name: provider, supportsStructuredOutputs: true, includeUsage: true })(
    model,
  );
};

const call = async (
  options: CallOptions,
  params: LanguageModelV4CallOptions,
  { generate, number }: { generate: () => PromiseLike<LanguageModelV4GenerateResult>; number: number },
): Promise<LanguageModelV4GenerateResult> => {
  const name = `${options.provider}:${options.model}`;
  const used = options.meters.map((meter) => meter.exhausted()).find((one) => one !== null);
  if (used) throw new AppError('gate.refused', `the budget of the model is used up: ${used}`);
  const { records } = options;
  const kept = records && {
    recorder: records.recorder,
    slot: { ...records.task, call: number },
    key: records.recorder.key(name, params),
  };
  const started = performance.now();
  const told = { model: name, request: kept?.key ?? null };
  const seconds = () => Number(((performance.now() - started) / 1000).toFixed(3));
  try {
    const recorded = kept && answerOf(options, params, kept);
    const answer = recorded ?? (await withRetries(options, params, generate, told));
    const usage = usageOf(answer);
    const replayed = recorded !== null;
    const usd = replayed ? 0 : costOf(options.model, usage, options.prices);
    // What was paid for before counts for no budget: a run that goes on after a question has it all.
    for (const meter of options.meters) meter.add(replayed ? { input: 0, output: 0, cached: 0 } : usage, usd);
    const saved =
      kept && !options.replay
        ? await kept.recorder.save(kept.slot, { key: kept.key, model: name, request: params, answer })
        : null;
    options.record('model.called', { ...told, ...usage, usd, seconds: seconds(), answer: saved, replayed });
    return answer;
  } catch (error) {
    options.record('model.failed', { ...told, seconds: seconds(), ...faultOf(error) });
    throw error;
  }
};

/** What the records answer: in a replay always, or to a task that was left for a question to a person. */
const answerOf = (
  { replay, record }: CallOptions,
  params: LanguageModelV4CallOptions,
  { recorder, slot, key }: { recorder: Recorder; slot: Slot; key: string },
): LanguageModelV4GenerateResult | null => {
  const recorded = recorder.find(slot, { waiting: replay === null });
  const place = `call ${slot.call + 1} of task ${slot.task + 1} of ${slot.role} in ${slot.stage}`;
  if (recorded === null) {
    if (replay === null) return null;
    throw new AppError('input.invalid', `No recorded answer to ${place}`, {
      hint: 'The recorded run did not come here; run it without --replay.',
    });
  }
  const differs = recorded.request !== key;
  if (replay === null) return recorded.opening === recorder.opening(params) ? recorded.answer : null;
  if (differs && replay === 'strict') {
    throw new AppError('input.invalid', `What is asked in ${place} is not what was asked when it was recorded`, {
      hint: 'Files, data or what tools measured differ; --replay near takes the recorded answer nevertheless.',
    });
  }
  if (differs) record('model.differs', { ...slot, asked: key, recorded: recorded.request });
  return recorded.answer;
};

const withRetries = (
  { rules, meters, record, retryOn = isTransient, steady = false }: CallOptions,
  params: LanguageModelV4CallOptions,
  generate: () => PromiseLike<LanguageModelV4GenerateResult>,
  told: Record<string, unknown>,
): Promise<LanguageModelV4GenerateResult> =>
  pRetry(() => Promise.resolve(generate()), {
    retries: rules.retries,
    minTimeout: rules.retry_seconds * 1000,
    factor: 2,
    randomize: !steady,
    ...(params.abortSignal ? { signal: params.abortSignal } : {}),
    // Asked only while tries are left, so that what is recorded as tried again is.
    shouldRetry: ({ error, attemptNumber, retriesLeft }) => {
      const again = retryOn(error) && meters.every((meter) => meter.exhausted() === null);
      if (again) record('model.retried', { ...told, attempt: attemptNumber, left: retriesLeft, ...faultOf(error) });
      return again;
    },
  });

/** 429 and 529 ask for patience, 5xx and a lost connection may pass; any other 4xx will say the same again. */
export const isTransient = (error: unknown): boolean => {
  if (isA(error, 'TimeoutError')) return true;
  if (!APICallError.isInstance(error) || isA(error, 'AnswerTooLarge')) return false;
  return error.statusCode === undefined ? true : error.statusCode === 429 || error.statusCode >= 500;
};

/** Libraries wrap what happened below them. */
const isA = (error: unknown, name: string): boolean =>
  error instanceof Error && (error.name === name || (error.cause !== undefined && isA(error.cause, name)));

const faultOf = (error: unknown): Record<string, unknown> =>
  APICallError.isInstance(error)
    ? { status: error.statusCode ?? null, error: messageOf(error).slice(0, 300) }
    : { status: null, error: messageOf(error).slice(0, 300) };

const usageOf = ({ usage }: LanguageModelV4GenerateResult): Usage => ({
  input: usage?.inputTokens?.total ?? 0,
  output: usage?.outputTokens?.total ?? 0,
  cached: usage?.inputTokens?.cacheRead ?? 0,
});
