import type { LanguageModelV4 } from '@ai-sdk/provider';
import { generateText, hasToolCall, isStepCount, jsonSchema, type ModelMessage, type Tool, tool } from 'ai';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Role } from './role.ts';

export type ModelTask<Output> = {
  role: Role;
  prompt: string;
  tools: Record<string, Tool>;
  /** What the engine trusts of the answer, beyond the role's own schema. */
  schema: z.ZodType<Output>;
  model: LanguageModelV4;
  outputTokens: number;
  signal: AbortSignal;
  /** Told of calls that reach no tool: of one that the role does not have, or that cannot be read. */
  refused(call: { tool: string; given: unknown; why: string }): void;
};

const finish = 'finish';

/**
 * Lets a model work in a role until it hands in its answer by the tool `finish`. An answer that is missing, half or of
 * the wrong form is asked for once more; the second one is refused with an AppError.
 */
export const runModelAgent = async <Output>(task: ModelTask<Output>): Promise<Output> => {
  const messages: ModelMessage[] = [{ role: 'user', content: task.prompt }];
  const first = await converse(task, messages, task.role.limits.steps);
  const answer = readAnswer(task, first.answer);
  if (answer.success) return answer.data;
  messages.push(...first.messages, { role: 'user', content: complaint(answer.why) });
  const second = readAnswer(task, (await converse(task, messages, 2)).answer);
  if (second.success) return second.data;
  throw new AppError('tool.failed', `${task.role.role}: the answer of the model is unusable, twice: ${second.why}`, {
    hint: 'Another model may do better; the work went on without it.',
  });
};

const converse = async <Output>(task: ModelTask<Output>, messages: ModelMessage[], steps: number) => {
  const { role } = task;
  const result = await generateText({
    model: task.model,
    // What always holds comes first and is marked: providers charge a tenth for reading it again.
    instructions: {
      role: 'system',
      content: role.standing,
      providerOptions: { anthropic: { cacheControl: { type: 'ephemeral' } } },
    },
    messages,
    tools: {
      ...task.tools,
      [finish]: tool({
        description: 'Hands in the answer and ends the task.',
        inputSchema: jsonSchema(role.output as Parameters<typeof jsonSchema>[0]),
      }),
    },
    stopWhen: [hasToolCall(finish), isStepCount(steps)],
    maxOutputTokens: task.outputTokens,
    maxRetries: 0, // the model itself retries, within the budget and the journal
    abortSignal: task.signal,
    // At once: a later step may fail, and what was tried is to be known all the same.
    onStepEnd: ({ toolCalls }) => tellRefused(task, toolCalls),
  });
  const handedIn = result.steps
    .flatMap(({ toolCalls }) => toolCalls)
    .find(({ toolName, invalid }) => toolName === finish && !invalid);
  return {
    answer: handedIn?.input,
    // A call without its result would be refused by providers: what was handed in goes back as text.
    messages: handedIn
      ? [{ role: 'assistant', content: `finish: ${JSON.stringify(handedIn.input)}` } satisfies ModelMessage]
      : [{ role: 'assistant', content: result.text || '(nothing)' } satisfies ModelMessage],
  };
};

const tellRefused = <Output>(
  { tools, refused }: ModelTask<Output>,
  calls: { toolName: string; input: unknown; invalid?: boolean | undefined }[],
): void => {
  for (const { toolName: name, input, invalid } of calls) {
    if (!invalid) continue;
    const known = name in tools || name === finish;
    refused({ tool: name, given: input, why: known ? 'the call cannot be read' : `this role has no tool ${name}` });
  }
};

type Answer<Output> = { success: true; data: Output } | { success: false; why: string };

const readAnswer = <Output>({ role, schema }: ModelTask<Output>, given: unknown): Answer<Output> => {
  if (given === undefined) return { success: false, why: 'the tool finish was not called' };
  const formal = z.fromJSONSchema(role.output as Parameters<typeof z.fromJSONSchema>[0]).safeParse(given);
  if (!formal.success) return { success: false, why: z.prettifyError(formal.error).slice(0, 1500) };
  const parsed = schema.safeParse(formal.data);
  return parsed.success
    ? { success: true, data: parsed.data }
    : { success: false, why: z.prettifyError(parsed.error).slice(0, 1500) };
};

const complaint = (why: string): string =>
  `Your answer cannot be used: ${why}\nCall the tool ${finish} once, with a complete answer of the form that it asks for.`;
