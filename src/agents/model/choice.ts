import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { type ModelRole, modelRoles } from '../../pipeline/stage.ts';

/** Who works in a role: the engine's own rules, a model of a provider, or a coding agent started by its argv. */
export const agentChoice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('embedded') }),
  z.strictObject({ kind: z.literal('model'), provider: z.string(), model: z.string() }),
  z.strictObject({ kind: z.literal('command'), argv: z.array(z.string()).min(1) }),
]);
export type AgentChoice = z.infer<typeof agentChoice>;

/** One choice for all roles, and others for single ones. */
export const agentChoices = z.strictObject({
  all: agentChoice,
  roles: z.partialRecord(z.enum(modelRoles), agentChoice),
});
export type AgentChoices = z.infer<typeof agentChoices>;

export const embedded: AgentChoices = { all: { kind: 'embedded' }, roles: {} };

type Protocol = 'anthropic' | 'openai' | 'compatible';
export type Provider = {
  protocol: Protocol;
  /** Where it answers, unless `urlVariable` says otherwise; null: only that variable says it. */
  url: string | null;
  urlVariable: string;
  /** Null: it asks for no key, but takes one. */
  keyVariable: string;
  keyNeeded: boolean;
};

/** The addresses are those that the providers document. */
export const providers: Record<string, Provider> = {
  anthropic: {
    protocol: 'anthropic',
    url: 'https://api.anthropic.com/v1',
    urlVariable: 'ANTHROPIC_BASE_URL',
    keyVariable: 'ANTHROPIC_API_KEY',
    keyNeeded: true,
  },
  openai: {
    protocol: 'openai',
    url: 'https://api.openai.com/v1',
    urlVariable: 'OPENAI_BASE_URL',
    keyVariable: 'OPENAI_API_KEY',
    keyNeeded: true,
  },
  deepseek: {
    protocol: 'compatible',
    url: 'https://api.deepseek.com/v1',
    urlVariable: 'DEEPSEEK_BASE_URL',
    keyVariable: 'DEEPSEEK_API_KEY',
    keyNeeded: true,
  },
  qwen: {
    protocol: 'compatible',
    url: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    urlVariable: 'DASHSCOPE_BASE_URL',
    keyVariable: 'DASHSCOPE_API_KEY',
    keyNeeded: true,
  },
  ollama: {
    protocol: 'compatible',
    url: 'http://127.0.0.1:11434/v1',
    urlVariable: 'OLLAMA_BASE_URL',
    keyVariable: 'OLLAMA_API_KEY',
    keyNeeded: false,
  },
  vllm: {
    protocol: 'compatible',
    url: 'http://127.0.0.1:8000/v1',
    urlVariable: 'VLLM_BASE_URL',
    keyVariable: 'VLLM_API_KEY',
    keyNeeded: false,
  },
  compatible: {
    protocol: 'compatible',
    url: null,
    urlVariable: 'SPECWRIGHT_MODEL_URL',
    keyVariable: 'SPECWRIGHT_MODEL_KEY',
    keyNeeded: false,
  },
};

const forms = `embedded, PROVIDER:MODEL with a provider of ${Object.keys(providers).join(', ')}, or command:PROGRAM ARGUMENTS`;

/** Reads `--agent` as it was given, any number of times: `X` for all roles, `ROLE=X` for one. */
export const readAgentChoices = (given: string[]): AgentChoices => {
  const choices: AgentChoices = { all: embedded.all, roles: {} };
  for (const text of given) {
    const [, role, value = ''] = /^(?:([a-z]+)=)?([\s\S]+)$/.exec(text.trim()) ?? [];
    const choice = readChoice(value, text);
    if (role === undefined) choices.all = choice;
    else choices.roles[readRole(role, text)] = choice;
  }
  return choices;
};

const readRole = (role: string, text: string): ModelRole => {
  const known = modelRoles.find((one) => one === role);
  if (known) return known;
  throw new AppError('usage', `--agent ${text}: there is no role ${role}`, {
    hint: `Roles: ${modelRoles.join(', ')}.`,
  });
};

const readChoice = (value: string, text: string): AgentChoice => {
  if (value === 'embedded') return { kind: 'embedded' };
  const [, provider = '', model = ''] = /^([a-z]+):([\s\S]+)$/.exec(value) ?? [];
  if (provider === 'command' && model.trim() !== '') return { kind: 'command', argv: model.trim().split(/\s+/) };
  if (provider in providers && /^\S+$/.test(model)) return { kind: 'model', provider, model };
  throw new AppError('usage', `--agent ${text}: neither of the forms that are known`, { hint: `Give ${forms}.` });
};

export const choiceFor = (choices: AgentChoices, role: ModelRole): AgentChoice => choices.roles[role] ?? choices.all;

/** As it is written on the command line. */
export const describeChoice = (choice: AgentChoice): string =>
  choice.kind === 'embedded'
    ? 'embedded'
    : choice.kind === 'model'
      ? `${choice.provider}:${choice.model}`
      : `command:${choice.argv.join(' ')}`;
