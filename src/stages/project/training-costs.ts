import { z } from 'zod';
import type { Guidance } from '../../artifacts/documents/guidance.ts';
import type { Technology } from '../../artifacts/documents/technology.ts';
import { readJson } from '../../world/files.ts';
import { expectSuccess } from '../../world/processes.ts';
import type { StageContext } from '../context.ts';
import { familyOf } from '../templates.ts';

const costsSchema = z.object({
  model: z.string(),
  device: z.string(),
  rows: z.number(),
  parameters: z.number(),
  data_mb: z.number(),
  static_mb: z.number(),
  kb_per_row: z.number(),
  memory_error: z.number(),
  time_error: z.number(),
  flops_per_row: z.number(),
  operations_per_step: z.number(),
  batches: z.array(z.object({ batch_size: z.number(), seconds: z.number(), peak_mb: z.number() })).min(3),
  learning_rate: z.object({ suggested: z.number(), curve: z.array(z.tuple([z.number(), z.number()])) }),
});
export type Costs = z.infer<typeof costsSchema>;

const costsFile = 'runs/costs.json';

/** The network that is trained in steps: the chosen one, or the family's first where another kind was chosen. */
export const networkOf = (context: StageContext, { task, candidates, choice: { model } }: Technology): string => {
  const { networks } = familyOf(context.config, task);
  return candidates.some((one) => one.model === model && one.kind === 'neural') ? model : networks[0]!;
};

/** Memory, time and arithmetic of the network's training steps on the rows that it is trained on. */
export const measureCosts = async (
  context: StageContext,
  { data, network, limitSeconds }: { data: string; network: string; limitSeconds: number },
): Promise<Costs> => {
  const result = await context.fork(
    ['scripts/measure_training.py', '--config', 'configs/config.yaml', '--data', data, '--output', costsFile, `model.name=${network}`],
    { cwd: context.root, limitSeconds, limitMemoryMb: context.rules.DEBUG_CODE.memory_limit_mb },
  ); // biome-ignore format: an argv
  expectSuccess(result, `Measuring the training steps of ${network}`);
  return costsSchema.parse(readJson(context.at(costsFile)));
};

/** Seconds of a step, by the line between the two measured batches around it, or on from the last one. */
export const stepSeconds = ({ batches }: Pick<Costs, 'batches'>, batch: number): number => {
  const above = batches.findIndex(({ batch_size }) => batch_size >= batch);
  if (above === 0) return batches[0]!.seconds;
  if (above < 0) return (batches.at(-1)!.seconds * batch) / batches.at(-1)!.batch_size;
  const [low, high] = [batches[above - 1]!, batches[above]!];
  const share = (batch - low.batch_size) / (high.batch_size - low.batch_size);
  return low.seconds + share * (high.seconds - low.seconds);
};

type Gpu = StageContext['rules']['ML']['gpu'];
type Hardware = StageContext['rules']['ML']['machines'][number];
type Machine = Guidance['machines'][number];

/** Rows that fit in the memory beside what no batch changes; 0: not even one. */
export const largestBatch = (costs: Costs, memoryGb: number, gpu: Gpu): number =>
  Math.max(
    0,
    Math.floor(((memoryGb * 1e3 - gpu.context_mb) * gpu.memory_share - costs.static_mb - costs.data_mb) / (costs.kb_per_row / 1e3 || 1e-3)),
  ); // biome-ignore format: one formula

/**
 * A batch of all `count` together: large enough that arithmetic outweighs starting its operations, small enough
 * for the memory and for `gpu.steps_per_epoch` steps an epoch; never below the batch that trains here.
 */
export const gpuBatch = (costs: Costs, here: number, { memory_gb, tflops, count }: Hardware, gpu: Gpu): number => {
  const launch = costs.operations_per_step * gpu.launch_us * 1e-6;
  const balanced = (launch * gpu.utilisation * tflops * 1e12) / Math.max(1, costs.flops_per_row);
  const each = Math.min(balanced, gpu.largest_batch, largestBatch(costs, memory_gb, gpu));
  const wanted = Math.min(each * count, costs.rows / gpu.steps_per_epoch);
  return Math.max(here, 2 ** Math.floor(Math.log2(Math.max(1, wanted))));
};

/** Seconds of a step on a GPU that is not here: starting the operations, or their arithmetic. */
const gpuStep = (costs: Costs, batch: number, tflops: number, gpu: Gpu): number =>
  Math.max(
    costs.operations_per_step * gpu.launch_us * 1e-6,
    (costs.flops_per_row * batch) / (gpu.utilisation * tflops * 1e12),
  );

/** Data parallel: each of `count` takes its share of the batch, then the gradients go round the ring once. */
const ringSeconds = (costs: Costs, count: number, gpu: Gpu): number =>
  count === 1 ? 0 : (2 * ((count - 1) / count) * costs.parameters * 4) / (gpu.link_gb_per_s * 1e9) + 50e-6;

/** What each machine takes, and by how much that may be wrong. */
export const machinesOf = (context: StageContext, costs: Costs, batch: number): Machine[] => {
  const { gpu, machines } = context.rules.ML;
  const { say } = context;
  const epochHere = Math.ceil(costs.rows / batch) * stepSeconds(costs, batch);
  const error = Math.max(0.1, Math.abs(costs.time_error));
  const cpu: Machine = {
    machine: say('一个 CPU 核', 'one CPU core'),
    processes: 1,
    memory_gb: null,
    largest_batch: null,
    batch,
    accumulate: 1,
    epoch_seconds: epochHere,
    low: epochHere / (1 + error),
    high: epochHere * (1 + error),
    measured: true,
    derivation: say(
      `在此测得：批大小 ${batch} 的一步 ${(stepSeconds(costs, batch) * 1e3).toPrecision(3)} 毫秒`,
      `measured here: a step with batch ${batch} takes ${(stepSeconds(costs, batch) * 1e3).toPrecision(3)} ms`,
    ),
  };
  const gpus = machines.map((hardware): Machine => {
    const { name, memory_gb, tflops, count } = hardware;
    const fits = largestBatch(costs, memory_gb, gpu);
    const together = gpuBatch(costs, batch, hardware, gpu);
    const share = Math.ceil(together / count);
    const accumulate = Math.max(1, Math.ceil(share / Math.max(1, fits)));
    const step = accumulate * gpuStep(costs, share / accumulate, tflops, gpu) + ringSeconds(costs, count, gpu);
    const epoch = Math.ceil(costs.rows / together) * step;
    return {
      machine: name,
      processes: count,
      memory_gb,
      largest_batch: Math.min(fits * count, costs.rows),
      batch: together,
      accumulate,
      epoch_seconds: epoch,
      low: epoch / gpu.error_factor,
      high: epoch * gpu.error_factor,
      measured: false,
      derivation: say(
        `未在此处运行：${costs.operations_per_step} 个操作 × ${gpu.launch_us} 微秒，或每行 ${costs.flops_per_row.toPrecision(3)} FLOP 除以 ${tflops} TFLOPS 的 ${gpu.utilisation * 100} %`,
        `not run here: ${costs.operations_per_step} operations × ${gpu.launch_us} µs, or ${costs.flops_per_row.toPrecision(3)} FLOP a row at ${gpu.utilisation * 100} % of ${tflops} TFLOPS`,
      ),
    };
  });
  return [cpu, ...gpus];
};
