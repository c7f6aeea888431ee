import { describe, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import type { StageContext } from '../../src/stages/context.ts';
import {
  type Costs,
  gpuBatch,
  largestBatch,
  machinesOf,
  stepSeconds,
} from '../../src/stages/project/training-costs.ts';

const { rules } = loadRules({ packageFolder: loadConfig().packageFolder, language: 'en' });
const { gpu } = rules.ML;
const context = { rules, say: (_: string, en: string) => en } as unknown as StageContext;

const costs = (change: Partial<Costs> = {}): Costs => ({
  model: 'cnn',
  device: 'cpu',
  rows: 60_000,
  parameters: 1_000_000,
  data_mb: 100,
  static_mb: 16,
  kb_per_row: 1000,
  memory_error: 0.02,
  time_error: 0.05,
  flops_per_row: 1e9,
  operations_per_step: 200,
  batches: [
    { batch_size: 8, seconds: 0.1, peak_mb: 400 },
    { batch_size: 16, seconds: 0.2, peak_mb: 408 },
    { batch_size: 32, seconds: 0.4, peak_mb: 424 },
  ],
  learning_rate: { suggested: 0.01, curve: [] },
  ...change,
});

describe('training costs', () => {
  test('a step between two measured batches lies on their line, beyond them it goes on', () => {
    expect(stepSeconds(costs(), 8)).toBe(0.1);
    expect(stepSeconds(costs(), 24)).toBeCloseTo(0.3);
    expect(stepSeconds(costs(), 64)).toBeCloseTo(0.8);
    expect(stepSeconds(costs(), 4)).toBe(0.1);
  });

  test('what fits is the memory without context, weights and data, by the row', () => {
    // (8000 − 600) · 0.9 − 16 − 100 MB, at 1 MB a row.
    expect(largestBatch(costs(), 8, gpu)).toBe(6544);
    expect(largestBatch(costs({ static_mb: 1e5 }), 8, gpu)).toBe(0);
  });

  test('a batch balances starting against arithmetic and is never below the one that trains here', () => {
    // 200 · 10 µs · 0.3 · 15 TFLOPS / 1 GFLOP = 9 rows, as a power of two.
    expect(gpuBatch(costs(), 4, { name: 'g', memory_gb: 8, tflops: 15, count: 1 }, gpu)).toBe(8);
    expect(gpuBatch(costs(), 32, { name: 'g', memory_gb: 8, tflops: 15, count: 1 }, gpu)).toBe(32);
    expect(gpuBatch(costs(), 4, { name: 'g', memory_gb: 8, tflops: 15, count: 8 }, gpu)).toBe(64);
  });

  test('a measurement that was far off leaves a wide range, not a negative time', () => {
    const [cpu] = machinesOf(context, costs({ time_error: 1.6 }), 8);
    expect(cpu!.low).toBeGreaterThan(0);
    expect(cpu!.high / cpu!.epoch_seconds).toBeCloseTo(2.6);
  });

  test('every machine has its figure with a range; gradients are accumulated where the batch does not fit', () => {
    const all = machinesOf(context, costs({ kb_per_row: 400_000 }), 64);
    expect(all).toHaveLength(1 + rules.ML.machines.length);
    expect(all[0]).toMatchObject({ measured: true, batch: 64 });
    expect(all[0]!.epoch_seconds).toBeCloseTo(938 * 0.8);
    expect(all[1]).toMatchObject({ largest_batch: 16, accumulate: 4, measured: false });
    for (const { low, high, epoch_seconds } of all) expect(low < epoch_seconds && epoch_seconds < high).toBe(true);
  });
});
