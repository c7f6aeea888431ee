import type { z } from 'zod';
import { describeItem } from '../../artifacts/documents/requirements-document.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import { serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { hasNoFigure } from '../../artifacts/vocabulary.ts';
import { uvicorn } from '../../deploy/service-argv.ts';
import type { StageContext } from '../context.ts';
import { decidedDevice, projectEnvironment } from '../device.ts';
import { packageName } from '../framework/build.ts';
import { readExport } from '../project/training-products.ts';
import { standOf } from '../stand.ts';
import { familyOf } from '../templates.ts';
import { imageTag } from './image.ts';
import { readSamples } from './service-checks.ts';

export const specFile = 'deploy/service.yaml';

/** What may be left out is: a person reads the file. */
type WrittenSpec = z.input<typeof serviceSpecSchema>;

/** Answers may differ by this where another machine adds up in another order. */
const tolerance = 1e-3;
/** Requests that stand for the traffic, and the most that they take together (characters). */
const mostRequests = 10;
const requestsSize = 100_000;

/** `deploy/service.yaml`: how it runs, how one sees that it is well, its SLA rows by requirement, how it is rolled out. */
export const serviceSpec = (context: StageContext, requirements: Requirements): WrittenSpec => {
  const { DOCKER_CONFIG } = context.rules;
  const { drain_seconds, canary_steps, log, rollout } = DOCKER_CONFIG;
  const gpu = decidedDevice(context) === 'gpu';
  const { keeps } = familyOf(context.config, requirements.task!);
  const asked = requirements.items.find(({ subject, op }) => subject === 'error_rate' && op.startsWith('<'))?.value;
  const spec: WrittenSpec = {
    name: requirements.project,
    version: readExport(context.root).version,
    run: runOf(context, requirements),
    ...(standOf(context) === 'docker' ? { image: imageTag(context) } : {}),
    build: { context: '..', dockerfile: `deploy/docker/Dockerfile${gpu ? '.gpu' : ''}` },
    port: DOCKER_CONFIG.port,
    read_only_root: true,
    probes: { limit_seconds: DOCKER_CONFIG.ready_limit_seconds },
    ...requestsOf(context),
    slas: slasOf(context, requirements),
    resources: { gpus: gpu ? 1 : 0 },
    settings: settingsOf(requirements),
    volumes: keeps ? [{ source: `${requirements.project}-kept`, mount: keeps.folder }] : [],
    metrics: { where: { path: '/predict' } },
    logs: log,
    reference: 'monitoring/drift_reference.json',
    rollout: {
      ...rollout,
      drain_seconds,
      steps: canary_steps.map(({ share_percent, minutes }) => ({ share_percent, seconds: minutes * 60 })),
      ...(typeof asked === 'number' ? { judge: { error_rate: asked } } : {}),
    },
  };
  serviceSpecSchema.parse(spec);
  return spec;
};

/** Each release runs in its own copy of code and model, with the project's environment. */
const runOf = (context: StageContext, requirements: Requirements): WrittenSpec['run'] => {
  const name = packageName(requirements);
  const python = `${projectEnvironment(context).name}/bin/python`;
  return {
    argv: [
      ...uvicorn(
        { python, package: name, host: '127.0.0.1', port: '{port}' },
        context.rules.DOCKER_CONFIG.rollout.grace_seconds,
      ),
    ],
    folder: '..',
    files: [name, 'models/current'],
  };
};

/** `LATENCY_EDGES_MS`: thresholds of the SLA rows, which become edges of the latency histogram. */
const settingsOf = ({ items }: Requirements): Record<string, string> => ({
  LATENCY_EDGES_MS: items
    .filter(({ subject }) => subject.startsWith('latency'))
    .map(({ value }) => Number(value))
    .join(','),
  MODEL_DIR: 'models/current',
  OMP_NUM_THREADS: '1',
  PYTHONUNBUFFERED: '1',
});

/** The first sample with its known answer, and the first few as what the service is asked. */
const requestsOf = (context: StageContext): Pick<WrittenSpec, 'smoke' | 'traffic'> => {
  const samples = readSamples(context);
  const [first] = samples;
  const ask = (input: unknown) => ({ method: 'POST' as const, path: '/predict', body: { inputs: [input] } });
  const each = requestsSize / mostRequests;
  const small = samples.filter(({ input }) => JSON.stringify(input).length <= each).slice(0, mostRequests);
  return {
    smoke: [{ ...ask(first!.input), expect: { body: { outputs: [first!.output] }, tolerance } }],
    traffic: (small.length > 0 ? small : samples.slice(0, 1)).map(({ input }) => ask(input)),
  };
};

const slasOf = (context: StageContext, { items }: Requirements): WrittenSpec['slas'] =>
  items.flatMap(({ id, subject, op, value, unit, quote }) =>
    hasNoFigure(subject)
      ? []
      : [
          {
            requirement: id,
            subject,
            op,
            value,
            unit,
            words: quote ?? describeItem({ subject, op, value, unit }, context.settings.language),
          },
        ],
  );
