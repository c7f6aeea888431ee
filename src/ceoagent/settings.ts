import { z } from 'zod';
import { AppError } from '../errors.ts';

const count = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise);
const yes = z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });

/** Settings of the surroundings; an empty value counts as none. */
const schema = z.object({
  /** Empty: the embedded analysis, without any model. */
  ANTHROPIC_API_KEY: z.string().optional(),
  /** `MODEL` of Anthropic, or `PROVIDER:MODEL`. */
  MODEL_NAME: z.string().regex(/^\S+$/, 'holds a blank').default('claude-3-5-sonnet-20241022'),
  HOST: z.string().default('127.0.0.1'),
  PORT: count(0, 65535, 8000),
  DEBUG: yes.default(false),
  MAX_QUERY_LENGTH: count(1, 10_000, 10_000),
  /** Seconds for a whole request. */
  REQUEST_TIMEOUT: z.coerce.number().positive().max(600).default(60),
  MAX_RETRIES: count(0, 10, 3),
  PROMPTS_DIR: z.string().optional(),
  PROMPT_VERSION: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'is no name of a folder')
    .default('v1'),
  DATA_DIR: z.string().default('data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'begins with postgres://')
    .optional(),
  /** Signs the bearer tokens that requests must bring; empty: none are asked for. */
  JWT_SECRET: z.string().min(16, 'has fewer than 16 characters').optional(),
  /** Requests a minute and address; 0: no limit. */
  RATE_LIMIT: count(0, 1_000_000, 0),
  MAX_BODY_BYTES: count(1000, 10_000_000, 100_000),
  /** Milliseconds that everything may wait for its turn before further requests are refused with 503. */
  MAX_WAIT_MS: count(10, 60_000, 1000),
  SLOT: z.string().default('main'),
  MODEL_VERSION: z.string().default('1'),
});

export type CeoagentSettings = z.infer<typeof schema>;
export const settingNames = Object.keys(schema.shape) as (keyof CeoagentSettings)[];

/** Checked at the start: every wrong setting is named, and nothing runs with half of them. */
export const readCeoagentSettings = (variables: Record<string, string | undefined>): CeoagentSettings => {
  const given = Object.fromEntries(settingNames.flatMap((name) => (variables[name] ? [[name, variables[name]]] : [])));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('usage', `Settings that cannot be used:\n${faults.join('\n')}`, {
    hint: 'See .env.example for what each of them holds.',
  });
};
