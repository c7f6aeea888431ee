import type { Candidate } from '../../artifacts/documents/technology.ts';

export type Shape = { task: string; rows: number; inputs: number; outputs: number; epochs: number; batch: number };

type Size = { parameters: number; how: string };

/** Sizes before anything is trained, by the template's default widths (configs/model); a task may have its own. */
const sizes: Record<string, (shape: Shape) => Size> = {
  mlp: ({ inputs, outputs }) => ({
    parameters: inputs * 64 + 64 * 64 + 64 * outputs + 128 + outputs,
    how: `${inputs}·64 + 64·64 + 64·${outputs} weights and their biases`,
  }),
  tabm: ({ inputs, outputs }) => ({
    parameters: inputs * 64 + 64 * 64 + 16 * (inputs + 4 * 64 + 64 * outputs + outputs),
    how: `the shared network and 16 members with adapters and their own last layer`,
  }),
  gradient_boosting: ({ rows, outputs }) => ({
    parameters: 100 * (outputs > 2 ? outputs : 1) * 2 * Math.min(31, Math.ceil(rows / 10)),
    how: '100 rounds, a tree a class, two nodes a leaf, at most 31 leaves',
  }),
  median_boosting: ({ rows }) => ({
    parameters: 100 * 2 * Math.min(31, Math.ceil(rows / 10)),
    how: '100 rounds, two nodes a leaf, at most 31 leaves',
  }),
  poisson_boosting: ({ rows }) => ({
    parameters: 100 * 2 * Math.min(31, Math.ceil(rows / 10)),
    how: '100 rounds, two nodes a leaf, at most 31 leaves',
  }),
  ordinal: ({ inputs, outputs }) => ({
    parameters: inputs + outputs - 1,
    how: 'a weight for each input, and a cut between neighbouring grades',
  }),
  random_forest: ({ rows }) => ({
    parameters: 200 * 2 * Math.min(512, Math.ceil(rows / 4)),
    how: '200 trees, two nodes a leaf',
  }),
  bag: ({ inputs, outputs }) => ({
    parameters: inputs * 16 + 16 * outputs + outputs,
    how: `16 numbers for each of ${inputs} terms, and one layer`,
  }),
  cnn: ({ inputs, outputs }) => ({
    parameters: inputs * 32 + (2 + 3 + 4) * 32 * 32 + 96 * outputs,
    how: `32 numbers for each of ${inputs} words, three kinds of 32 filters, and one layer`,
  }),
  'image_classification cnn': ({ outputs }) => ({
    parameters: 72_500 + 129 * outputs,
    how: 'three blocks of two convolutions, 16, 32 and 64 filters wide, and one layer',
  }),
  resnet: ({ outputs }) => ({
    parameters: 100_000 + 128 * outputs,
    how: 'three blocks of 16 to 64 filters with skips',
  }),
  kernel: ({ inputs, outputs }) => ({
    parameters: 400 * (inputs + outputs),
    how: `400 images of ${inputs} pixels, and a weight for each and class`,
  }),
  transformer: ({ inputs }) => ({
    parameters: 96 * (inputs + 500) + 3 * 12 * 96 * 96,
    how: '96 numbers for each symbol, three layers of 12 · 96² weights',
  }),
  gru: ({ inputs }) => ({
    parameters: 128 * (inputs + 500) + 4 * 6 * 128 * 128,
    how: '128 numbers for each symbol, recurrent layers of both directions and attention',
  }),
  pixels: () => ({ parameters: 16 ** 2 + 16 ** 4, how: 'a small image of 16² numbers, passed on as it is' }),
  eigenfaces: () => ({ parameters: 24 ** 2 * 61, how: '60 components of small images of 24² numbers' }),
  fisherfaces: () => ({ parameters: 24 ** 2 * 33, how: 'a direction less than people, about 32, of 24² numbers' }),
  cosface: () => ({
    parameters: 330_000,
    how: 'three blocks of 16 to 64 filters, and a layer over all places to 64 numbers',
  }),
  arcface: () => ({
    parameters: 335_000,
    how: 'three blocks with skips of 16 to 64 filters, and a layer to 64 numbers',
  }),
  dlinear: ({ inputs, outputs }) => ({
    parameters: 2 * inputs * outputs,
    how: 'a weight for each moment of the window, for trend and remainder',
  }),
  linear: ({ inputs, outputs }) => ({ parameters: (inputs + 1) * outputs, how: 'a weight for each input and class' }),
};

/** Share of the gap between the trivial baseline and perfection that models close on small tables: a prior, no more. */
const expectedGapClosed = 0.85;
/** Seconds of a training step of a small network on one thread, and the resident memory of Python with torch (MB). */
const secondsPerStep = 0.0009;
const frameworkMemoryMb = 420;

/** Estimates with their derivations, made before the probe; the probe's figures stand beside them in tech.md. */
export const estimateCandidate = (
  model: string,
  neural: boolean,
  shape: Shape,
  metric: { name: string; trivial: number; perfect: number },
  size: Size = (sizes[`${shape.task} ${model}`] ?? sizes[model] ?? sizes.linear!)(shape),
): Candidate['estimate'] => {
  const steps = shape.epochs * Math.ceil(shape.rows / shape.batch);
  const seconds = neural
    ? 0.3 + steps * secondsPerStep * (model === 'tabm' ? 1.6 : 1)
    : 0.1 + size.parameters * 5e-6 + shape.rows * shape.inputs * 2e-7;
  const data = (shape.rows * shape.inputs * 4 * 3) / 1e6;
  return {
    parameters: { value: Math.round(size.parameters), unit: null, derivation: size.how },
    memory: {
      value: frameworkMemoryMb + data + (size.parameters * 16) / 1e6,
      unit: 'MB',
      derivation: `${frameworkMemoryMb} MB for Python with its libraries, three copies of ${shape.rows} × ${shape.inputs} float32, 16 bytes a parameter (weights, gradients, two moments)`,
    },
    training_time: {
      value: seconds,
      unit: 's',
      derivation: neural
        ? `0.3 s + at most ${steps} steps (${shape.epochs} epochs, batch ${shape.batch}) of about ${secondsPerStep * 1000} ms on one core`
        : '0.1 s + 5 µs a node or weight + 0.2 µs a cell on one core',
    },
    latency: {
      value: 0.3 + size.parameters / 2e6,
      unit: 'ms',
      derivation: '0.3 ms for the request in the service + 2,000,000 parameters a ms in ONNX Runtime',
    },
    metric: {
      value: metric.trivial + (metric.perfect - metric.trivial) * expectedGapClosed,
      unit: null,
      derivation: `prior: ${expectedGapClosed} of the gap between the trivial baseline (${metric.trivial.toPrecision(3)}) and ${metric.perfect}`,
    },
  };
};

/** 5 at or under `best`, 0 at or over `worst`, by the logarithm in between. */
const byLogarithm = (value: number, best: number, worst: number): number =>
  Math.min(5, Math.max(0, 5 * (1 - Math.log(Math.max(value, best) / best) / Math.log(worst / best))));

type Scale = { trivial: number; best: number; naiveServes: boolean; latencyLimitMs: number; budgetSeconds: number };

/** Nothing beats the trivial baseline: a naive forecast is a forecast, a guess of the commonest class is none. */
const naive = (metric: number, { best, naiveServes }: Scale): number => (naiveServes && metric >= best ? 5 : 0);

/** Points of CREATE.md, from measured figures. `quality`: share of the gap between trivial and best that is closed. */
export const pointsOf = (measured: Candidate['measured'], scale: Scale) => {
  const gap = scale.best - scale.trivial;
  return {
    quality:
      gap === 0
        ? naive(measured.metric, scale)
        : Math.min(5, Math.max(0, (5 * (measured.metric - scale.trivial)) / gap)),
    latency: byLogarithm(measured.latency, scale.latencyLimitMs / 100, scale.latencyLimitMs),
    training_time: byLogarithm(measured.training_time, scale.budgetSeconds / 100, scale.budgetSeconds),
    size: byLogarithm((measured.parameters * 4) / 1e6, 1, 100),
    simplicity: byLogarithm(measured.parameters, 1e3, 1e7),
  };
};
