import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { columnsOf, displayWidth, truncate } from '../../src/cli/show/width.ts';
import { stageTimes } from '../../src/operations/stage-times.ts';
import type { Entry } from '../../src/pipeline/journal.ts';

test('bin/help.txt is what the program prints for --help', async () => {
  let printed = '';
  const program = createProgram(() => undefined).configureOutput({ writeOut: (text) => (printed += text) });
  expect(() => program.parse(['--help'], { from: 'user' })).toThrow();
  await expect(printed).toMatchFileSnapshot('../../bin/help.txt');
});

test('every command says what it does, in the list and in its own help', () => {
  for (const command of createProgram(() => undefined).commands) {
    expect(command.description(), command.name()).toMatch(/\.$/);
    if (command.name() !== 'start') expect(command.summary(), command.name()).not.toBe('');
  }
});

test('Chinese takes two columns a character, marks and joiners none', () => {
  expect(displayWidth('需求分析')).toBe(8);
  expect(displayWidth('stage 一')).toBe(8);
  expect(displayWidth('é')).toBe(1);
  expect(displayWidth('🐧🐧')).toBe(4);
});

test('a line is cut at a border of characters, never wider than asked', () => {
  expect(truncate('需求分析', 7)).toBe('需求分…');
  expect(truncate('需求分析', 6)).toBe('需求…');
  expect(truncate('short', 5)).toBe('short');
  for (const line of columnsOf([['1.1', '需求分析', 'x'.repeat(100)]], 40))
    expect(displayWidth(line)).toBeLessThanOrEqual(40);
});

test('the parts of a stage add up to its seconds, also when calls ran side by side', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  const entry = (seconds: number, kind: string, data: Record<string, unknown>): Entry => ({
    seq: 0,
    previous: '',
    time: at(seconds),
    kind,
    data,
  });
  const call = (end: number, seconds: number, ...argv: string[]) =>
    entry(end, 'tool.called', { stage: '2.4', argv, seconds });
  const [time] = stageTimes([
    entry(0, 'stage.started', { stage: '2.4' }),
    call(6, 5, 'python', 'scripts/train.py', '--data', 'data/full', '--output', 'runs/full'),
    call(8, 4, '/usr/bin/python3', '-m', 'torch.distributed.run', '--nproc-per-node', '2', 'scripts/train.py'),
    call(8.4, 0.3, 'python', 'scripts/export.py'),
    entry(9.5, 'load.measured', { stage: '2.4', what: 'load test', seconds: 1 }),
    entry(10, 'verdict', {
      stage: '2.4', key: '', passed: true, reasons: [], evidence: '', rules: '', inputs: {}, artifacts: {}, files: {},
      seconds: { run: 9, collect: 0.5, gate: 0, engine: 0.5 },
    }),
  ]); // biome-ignore format: a record
  expect(time!.seconds).toBe(10);
  expect(time!.parts.map(({ kind, what, seconds }) => [kind, what, Number(seconds.toFixed(3))])).toEqual([
    ['call', 'scripts/train.py → runs/full', 5],
    ['call', 'torch.distributed.run scripts/train.py', 2],
    ['call', 'load test', 1],
    ['short', '1', 0.3],
    ['engine', '', 1.7],
  ]);
});
