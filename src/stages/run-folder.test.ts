import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readRun } from './run-folder.ts';

test('a run whose validation rows are all of one class is read, without the figures that are not defined', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'run-'));
  const run = {
    model: 'tabm',
    seed: 42,
    device: 'cpu',
    epochs: 1,
    batch_size: 8,
    steps: 22,
    seconds: 1,
    train_seconds: 1,
    peak_memory_mb: 400,
    parameters: 10,
    rows_train: 170,
    rows_valid: 30,
    checkpoint_sha256: 'c',
    versions: {},
    metrics: { valid: { accuracy: 1, auc: null } },
    world_size: 1,
  };
  mkdirSync(path.join(root, 'runs/a'), { recursive: true });
  writeFileSync(path.join(root, 'runs/a/run.json'), JSON.stringify(run));
  expect(readRun({ root }, 'runs/a')?.metrics.valid).toEqual({ accuracy: 1 });
});
