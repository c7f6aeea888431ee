import { z } from 'zod';
import { nearest } from '../nearest.ts';
import { operators } from '../requirements.ts';
import { hasNoFigure, subjects } from '../vocabulary.ts';

/**
 * `deploy/service.yaml`: the single source of the compose file, the Kubernetes objects, the router's configuration,
 * the alert rules, the dashboards, and of what a rollout checks. It describes any service: name, port and either `run`
 * or `image` suffice, everything else has a default.
 */

const name = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'small letters, digits and single hyphens');
const variable = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'an environment variable: capital letters, digits, _');
const urlPath = z.string().regex(/^\/\S*$/, 'a path that begins with /');
const json: z.ZodType<unknown> = z.json();

const request = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']).default('GET'),
  path: urlPath,
  headers: z.record(z.string(), z.string()).default({}),
  /** Sent as JSON where it is no string. */
  body: json.optional(),
});

const smoke = request.extend({
  expect: z
    .strictObject({
      status: z.number().int().min(100).max(599).default(200),
      /** Parts of the JSON answer that must be there as given; numbers within `tolerance`. */
      body: json.optional(),
      /** A JSON Schema of the answer. */
      schema: z.record(z.string(), json).optional(),
      tolerance: z.number().min(0).default(1e-4),
    })
    .prefault({}),
});

/** A promise whose subject nobody knows would be watched by nobody. */
const slaSubjects = [...subjects.filter((subject) => !hasNoFigure(subject)), 'tokens_per_day'] as const;

const sla = z.strictObject({
  requirement: z.string().min(1),
  subject: z.enum(slaSubjects, {
    error: ({ input }) => {
      const meant = typeof input === 'string' ? nearest(input, slaSubjects) : null;
      return `${JSON.stringify(input)} is no subject${meant ? `; did you mean ${meant}?` : `; known: ${slaSubjects.join(', ')}`}`;
    },
  }),
  op: z.enum(operators),
  value: z.union([z.number(), z.string(), z.array(z.string())]),
  unit: z.string().nullable().default(null),
  /** The requirement in the words of the brief: alerts and dashboards show them. */
  words: z.string().optional(),
});

const step = z.strictObject({
  share_percent: z.number().gt(0).max(100),
  seconds: z.number().positive(),
});

/** What the judge may conclude from; every bound is checked against the old version over the same window. */
const judge = z.strictObject({
  /** Chance that a good version is refused, over the whole rollout and all looks. */
  false_alarm: z.number().gt(0).lt(0.5).default(0.05),
  /** Confidence of the exact bounds. */
  confidence: z.number().gt(0.5).lt(1).default(0.95),
  /** Share of failed requests that the new version may have at most; absent: not worse than the old one. */
  error_rate: z.number().min(0).max(1).optional(),
  /** The new version may be slower by this share of the old one's p95 before it counts. */
  latency_ratio: z.number().min(1).default(1.1),
  /** The new version may be slower by this many milliseconds before it counts. */
  latency_floor_ms: z.number().min(0).default(5),
  /** Population stability index of the predictions from which they count as moved. */
  prediction_shift: z.number().positive().default(0.25),
  warmup_seconds: z.number().min(0).default(2),
  /** Names of metrics that must exist before traffic moves; an unknown one is a configuration error. */
  metrics: z.array(z.string()).default([]),
});

const rollout = z.strictObject({
  strategy: z.enum(['blue-green', 'canary']).default('blue-green'),
  steps: z
    .array(step)
    .min(1)
    .default([
      { share_percent: 5, seconds: 600 },
      { share_percent: 25, seconds: 1800 },
      { share_percent: 100, seconds: 3600 },
    ])
    .refine(
      (steps) => steps.every(({ share_percent }, index) => share_percent > (steps[index - 1]?.share_percent ?? 0)),
      {
        error: 'each step has a larger share than the one before',
      },
    )
    .refine((steps) => steps.at(-1)?.share_percent === 100, { error: 'the last step has 100 %' }),
  /** Seconds that requests in flight are given before they are cut. */
  drain_seconds: z.number().positive().default(30),
  /** Seconds between SIGTERM and SIGKILL. */
  grace_seconds: z.number().positive().default(10),
  /** Seconds that the old version stays warm after the new one has all traffic, to come back on a breach. */
  watch_seconds: z.number().min(0).default(60),
  /** What happens when a step's time is over and the judge could not tell; a step is first extended to this factor. */
  extend_to: z.number().min(1).default(2),
  on_inconclusive: z.enum(['rollback', 'ask', 'promote']).default('rollback'),
  keep_releases: z.number().int().min(2).max(50).default(5),
  judge: judge.prefault({}),
});

/** A label of metrics, folders and images; YAML reads a bare 1.10 as a number, so that it must be quoted. */
export const releaseVersion = z
  .string({ error: 'a text of letters, digits, . _ - (a number in quotes: version: "2")' })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, . _ -');

export const serviceSpecSchema = z
  .strictObject({
    name,
    version: releaseVersion.default('1'),
    /** How the service is started as a process; `{port}` in an argument stands for the port that it was given. */
    run: z
      .strictObject({
        argv: z.array(z.string().min(1)).min(1),
        /** Relative to the spec's folder. */
        folder: z.string().default('.'),
        /** Files and folders, relative to `folder`, that each release keeps as they were; it runs in the copy. */
        files: z.array(z.string().min(1)).default([]),
      })
      .optional(),
    image: z.string().min(1).optional(),
    build: z
      .strictObject({
        context: z.string().default('.'),
        dockerfile: z.string().default('Dockerfile'),
        target: z.string().optional(),
      })
      .optional(),
    /** The port inside of the container; a process gets a free one in the variable PORT. */
    port: z.number().int().min(1).max(65535),
    /** Where the router takes requests; without a port: `port`, or the next free one. */
    listen: z
      .strictObject({
        address: z.string().default('127.0.0.1'),
        port: z.number().int().min(1).max(65535).optional(),
      })
      .prefault({}),
    /** Containers run on a root file system that cannot be written, with /tmp in memory. */
    read_only_root: z.boolean().default(false),
    probes: z
      .strictObject({
        health: urlPath.default('/health'),
        ready: urlPath.default('/ready'),
        /** Passes in a row before the version gets traffic. */
        passes: z.number().int().min(2).default(2),
        limit_seconds: z.number().positive().default(60),
      })
      .prefault({}),
    /** Real requests with known answers; a version that fails one gets no traffic. */
    smoke: z.array(smoke).default([]),
    /** What load and the judge send; `share` weighs the requests against one another. */
    traffic: z.array(request.extend({ share: z.number().positive().default(1) })).default([]),
    slas: z.array(sla).default([]),
    resources: z
      .strictObject({
        cpus: z.number().positive().optional(),
        memory_mb: z.number().positive().optional(),
        gpus: z.number().int().min(0).default(0),
      })
      .prefault({}),
    /** Instances of a version that stand side by side. */
    peers: z.number().int().min(1).max(16).default(1),
    settings: z.record(variable, z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
    /** Names of variables whose values come from the surroundings at the start and are written nowhere. */
    secrets: z.array(variable).default([]),
    /** Names of variables, secret or not, that are passed on where the surroundings set them; else `settings` hold. */
    environment: z.array(variable).default([]),
    volumes: z
      .array(
        z.strictObject({
          /** A folder (relative to the spec) or, without a slash, a named volume. */
          source: z.string().min(1),
          mount: z.string().regex(/^\/\S+$/, 'an absolute path in the container'),
          read_only: z.boolean().default(false),
          /** The image holds these files as well: a cluster, which knows no folder of this machine, uses those. */
          in_image: z.boolean().default(false),
        }),
      )
      .default([]),
    metrics: z
      .strictObject({
        path: urlPath.default('/metrics'),
        requests: z.string().default('requests_total'),
        seconds: z.string().default('request_seconds'),
        predictions: z.string().default('predictions_total'),
        values: z.string().default('prediction_value'),
        quality: z.string().default('model_quality'),
        /** Labels that narrow requests and seconds to those that the SLA rows mean, such as `path: /predict`. */
        where: z.record(z.string(), z.string()).default({}),
        /** The label of `requests` that holds the HTTP status. */
        status: z.string().default('status'),
        /** A counter of tokens of a language model, where there is one, and how many a day are usual. */
        tokens: z.string().optional(),
        tokens_per_day: z.number().positive().default(100_000),
      })
      .prefault({}),
    logs: z
      .strictObject({ max_size_mb: z.number().positive().default(10), files: z.number().int().positive().default(5) })
      .prefault({}),
    /** Distributions of the training data, for drift; relative to the spec's folder. */
    reference: z.string().optional(),
    rollout: rollout.prefault({}),
  })
  .refine(({ run, image, build }) => run || image || build, {
    error: 'says neither how the service is run as a process (run) nor of which image (image, build)',
  });

export type ServiceSpec = z.infer<typeof serviceSpecSchema>;
export type ServiceRequest = z.infer<typeof request>;
export type SmokeRequest = ServiceSpec['smoke'][number];
export type RolloutPolicy = ServiceSpec['rollout'];
export type JudgePolicy = RolloutPolicy['judge'];
