import { z } from 'zod';
import { subjects } from '../vocabulary.ts';

const share = z.number().gt(0).lt(1);
const positive = z.number().positive();
const count = z.int().positive();
const text = z.string().min(1);
const operator = z.enum(['>=', '>', '<=', '<', '=']);

const create = z.strictObject({
  rule: z.literal('CREATE'),
  /** An item or question at or under this score needs a clarification entry (stage 1.1). */
  minimum_score: share,
  questions_per_round: z.int().min(1).max(5),
  sla_defaults: z.array(
    z.strictObject({ subject: z.enum(subjects), op: operator, value: z.number(), unit: text.nullable() }),
  ),
  technology: z.strictObject({
    /** Of 5; a choice under it is refused (stage 1.2). */
    minimum: z.number().min(0).max(5),
    minimum_candidates: z.int().min(2),
    weights: z
      .strictObject({ quality: share, latency: share, training_time: share, size: share, simplicity: share })
      .refine((weights) => Math.abs(Object.values(weights).reduce((sum, one) => sum + one, 0) - 1) < 1e-9, {
        message: 'the weights must add up to 1',
      }),
  }),
});

const ml = z.strictObject({
  rule: z.literal('ML'),
  seed: z.int().min(0),
  function_lines: count,
  file_lines: count,
  holdout: z.strictObject({ share, minimum_rows: count }),
  mini_rows: count,
  /** Candidates are probed on at most this many rows. */
  probe_rows: count,
  folds: z.int().min(2).max(20),
  minimum_rows: count,
  minimum_rows_per_class: count,
  /** Where people are told apart: how many with how many images each, and how many of them in the hold-out. */
  people: z.strictObject({ minimum: count, images: count, holdout: count }),
  confidence: share,
  bootstrap_rounds: count,
  training_budget_minutes: positive,
  /** Largest share of the budget that a forecast may take before the engine asks instead of training. */
  budget_share: z.number().gt(0).max(1),
  onnx_tolerance: positive,
  metric_tolerance: positive,
  /** Largest relative difference of a prediction after reloading, in another batch. */
  prediction_tolerance: positive,
  /** Largest difference between PyTorch and its twin in PaddlePaddle, of a loss or metric; relative above one. */
  twin_tolerance: positive,
  batch_rule: z.array(z.strictObject({ up_to_rows: count.nullable(), batch_size: count })).min(1),
  epochs: count,
  /** How a GPU that is not here is reckoned with. */
  gpu: z.strictObject({
    context_mb: positive,
    memory_share: share,
    launch_us: positive,
    utilisation: share,
    link_gb_per_s: positive,
    steps_per_epoch: count,
    largest_batch: count,
    error_factor: z.number().gt(1),
  }),
  machines: z.array(z.strictObject({ name: text, memory_gb: positive, tflops: positive, count })).min(1),
  families: z.record(
    text,
    z.strictObject({
      candidates: z.array(text).min(2),
      baselines: z.array(text).min(1),
      /** Beside the baselines where the classes are grades, or the target counts something. */
      of_grades: z.array(text).optional(),
      of_counts: z.array(text).optional(),
      /** Where the metric is of absolute errors, which the median makes least: further baselines, and what is trivial. */
      of_absolute: z.array(text).optional(),
      trivial: text,
      trivial_of_absolute: text.optional(),
      metric: text,
      /** In place of the numbers above, where a family's models cost more. */
      epochs: count.optional(),
      folds: z.int().min(1).max(20).optional(),
      probe_rows: count.optional(),
    }),
  ),
});

const omegaconf = z.strictObject({
  rule: z.literal('OmegaConf_README'),
  main_file: text,
  forbidden_keys: z.array(text),
  override_form: text,
});

const task = z.strictObject({
  rule: z.literal('TASK'),
  acceptance_limit_seconds: count,
  minimum_tasks: count,
  fields: z.array(text).min(1),
});

const venv = z.strictObject({
  rule: z.literal('VENV_CONFIG'),
  python: z.strictObject({ minimum: z.string().regex(/^3\.\d+$/), maximum: z.string().regex(/^3\.\d+$/) }),
  names: z.strictObject({ cpu: text, gpu: text }),
  install_limit_seconds: count,
  pip_version: text,
  /** Package (normalised name) → the one version that everything is tested with. */
  versions: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string().regex(/^[0-9][0-9A-Za-z.+]*$/)),
});

const debug = z.strictObject({
  rule: z.literal('DEBUG_CODE'),
  steps: z.array(text).min(1),
  maximum_repairs: count,
  tries_per_fault: count,
  run_limit_seconds: count,
  memory_limit_mb: count,
  clean_runs: z.int().min(2),
});

const docker = z.strictObject({
  rule: z.literal('DOCKER_CONFIG'),
  base_image: text,
  minimal_base_image: text,
  user_id: z.int().min(1),
  port: z.int().min(1).max(65535),
  image_limit_mb: positive,
  over_base_limit_mb: positive,
  build_limit_seconds: count,
  ready_limit_seconds: count,
  drain_seconds: count,
  log: z.strictObject({ max_size_mb: count, files: count }),
  load: z.strictObject({
    rate_rps: positive,
    warmup_seconds: z.number().min(0),
    seconds: positive,
    connections: count,
  }),
  /** Share of traffic in percent and how long it stays there. */
  canary_steps: z.array(z.strictObject({ share_percent: z.number().gt(0).max(100), minutes: positive })).min(1),
  rollout: z.strictObject({
    watch_seconds: z.number().min(0),
    grace_seconds: positive,
    keep_releases: z.int().min(2).max(50),
    extend_to: z.number().min(1),
    on_inconclusive: z.enum(['rollback', 'ask', 'promote']),
  }),
  /** How stage 3.4 tries a switch, a canary and a rollback. */
  rehearsal: z.strictObject({ rate_rps: positive, share_percent: z.number().gt(0).lt(100), step_seconds: positive }),
  alerts: z.strictObject({
    error_rate: share,
    cpu_percent: z.number().gt(0).max(100),
    memory_percent: z.number().gt(0).max(100),
    latency_p95_ms: positive,
    failed_health_checks: count,
    for_minutes: positive,
  }),
});

/** What agents may spend. */
const agentLimits = z.strictObject({ tokens: count, calls: count, minutes: positive });

const claude = z.strictObject({
  rule: z.literal('CLAUDE'),
  agents: z.strictObject({
    call_seconds: positive,
    answer_mb: positive,
    retries: z.int().min(0).max(10),
    retry_seconds: positive,
    output_tokens: count,
    run: agentLimits,
    stage: agentLimits,
    warn_at: share,
  }),
  /** US dollars a million tokens, by the beginning of a model's name. */
  prices: z.record(
    z.string(),
    z.strictObject({ input: z.number().min(0), output: z.number().min(0), cached: z.number().min(0) }),
  ),
  key_rules: z.array(z.strictObject({ id: z.string().regex(/^[a-z-]+$/), text })).min(1),
});

export const ruleSchemas = {
  CREATE: create,
  ML: ml,
  OmegaConf_README: omegaconf,
  TASK: task,
  VENV_CONFIG: venv,
  DEBUG_CODE: debug,
  DOCKER_CONFIG: docker,
  CLAUDE: claude,
} as const;

export type RuleName = keyof typeof ruleSchemas;
export const ruleNames = Object.keys(ruleSchemas) as RuleName[];
export type RuleData = { [Name in RuleName]: z.infer<(typeof ruleSchemas)[Name]> };
