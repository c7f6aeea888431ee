/**
 * Time and quality of each task family beside its baselines:
 * `node bench/families.ts [--cases FOLDER] [--family NAME,…] [--json]`.
 * Takes the data that the templates ship, or every folder with a case.yaml below FOLDER, through the pipeline to the
 * end of full training, and prints a table per family: all models that were tried (out-of-fold figure, its ratio to
 * the trivial baseline, seconds of a fit), the hold-out, what was forecast and what it took, and the whole run against
 * one fresh `train.py` of the same project in the same minutes. `--json` prints one object as the last line.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { readArtifact } from '../src/artifacts/document.ts';
import { type Guidance, guidanceDocument } from '../src/artifacts/documents/guidance.ts';
import { type Technology, technologyDocument } from '../src/artifacts/documents/technology.ts';
import { loadConfig } from '../src/config.ts';
import { type Case, shipped } from './shipped.ts';

const config = loadConfig();
const program = join(config.packageFolder, 'bin/specwright.js');
const place = mkdtempSync(join(tmpdir(), 'specwright-families-'));

const caseFile = z.object({ brief: z.union([z.string(), z.object({ en: z.string() })]), data: z.string() });

/** Folders whose case.yaml names data. */
const casesIn = (folder: string): Case[] =>
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'case.yaml')))
    .map((name) => ({
      name,
      read: caseFile.safeParse(parse(readFileSync(join(folder, name, 'case.yaml'), 'utf8'))).data,
    }))
    .flatMap(({ name, read }) =>
      read
        ? [
            {
              name,
              brief: typeof read.brief === 'string' ? read.brief : read.brief.en,
              data: join(folder, name, read.data),
            },
          ]
        : [],
    );

type Row = { model: string; metric: number; ratio: number; seconds: number | null };
type Found = {
  name: string;
  task: string;
  metric: string;
  seconds: number;
  train: number;
  rows: Row[];
  holdout: { model: string; value: number; baselines: { model: string; value: number }[] };
  forecasts: Guidance['forecasts'];
  memoryError: number;
};

const measure = ({ name, brief, data }: Case): Found => {
  const root = join(place, name);
  const seconds = timed(
    process.execPath,
    [program, 'create', brief, '--data', data, '--out', root, '--yes', '--until', '2.4'],
    place,
  );
  const technology = readArtifact(root, technologyDocument);
  const guidance = readArtifact(root, guidanceDocument);
  const train = timed(
    join(root, 'debug-cpu/bin/python'),
    ['scripts/train.py', '--config', 'configs/config.yaml', '--data', 'data/full', '--output', join(place, 'floor')],
    root,
  );
  const main = technology.decided_by;
  return {
    name,
    task: technology.task,
    metric: main,
    seconds,
    train,
    rows: rowsOf(technology),
    holdout: {
      model: guidance.model,
      value: guidance.holdout.metrics[main]!,
      baselines: guidance.holdout.baselines.map(({ model, metrics }) => ({ model, value: metrics[main]! })),
    },
    forecasts: guidance.forecasts,
    memoryError: guidance.costs.memory_error,
  };
};

const rowsOf = ({ candidates, baselines }: Technology): Row[] => {
  const trivial = baselines.find((one) => one.trivial)!.metric;
  const tried = candidates.map(({ model, measured }) => ({
    model,
    metric: measured.metric,
    seconds: measured.training_time,
  }));
  const others = baselines
    .filter(({ model }) => !tried.some((one) => one.model === model))
    .map(({ model, metric }) => ({ model, metric, seconds: null }));
  return [...tried, ...others].map((row) => ({ ...row, ratio: row.metric / trivial }));
};

const timed = (file: string, args: string[], cwd: string): number => {
  const started = performance.now();
  const { status, stderr, stdout } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: config.childEnvironment,
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}\n${stdout.slice(-1000)}${stderr}`);
  return (performance.now() - started) / 1000;
};

const short = (value: number): string => value.toPrecision(4);

const print = ({ name, task, metric, seconds, train, rows, holdout, forecasts, memoryError }: Found): void => {
  console.log(
    `\n${name} (${task}): ${seconds.toFixed(1)} s to the end of 2.4, ${(seconds / train).toFixed(1)} × train.py`,
  );
  console.log(`  ${'model'.padEnd(20)} ${metric.padStart(10)}  × trivial   s a fit`);
  for (const row of rows)
    console.log(
      `  ${row.model.padEnd(20)} ${short(row.metric).padStart(10)} ${row.ratio.toFixed(2).padStart(10)} ${(row.seconds === null ? '–' : row.seconds.toFixed(2)).padStart(9)}`,
    );
  const beside = holdout.baselines.map(({ model, value }) => `${model} ${short(value)}`).join(', ');
  console.log(`  hold-out: ${holdout.model} ${short(holdout.value)} beside ${beside}`);
  for (const { what, predicted, measured } of forecasts.filter(({ unit }) => unit === 's' || unit === 'MB'))
    console.log(
      `  ${what}: forecast ${short(predicted)}, measured ${short(measured ?? 0)} (${(((predicted - (measured ?? 0)) / (measured || 1)) * 100).toFixed(0)} %)`,
    );
  console.log(`  memory of a batch twice as large: off by ${(memoryError * 100).toFixed(0)} %`);
};

const { values } = parseArgs({
  options: { cases: { type: 'string' }, family: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const wanted = values.family?.split(',');
const all = values.cases ? casesIn(resolve(values.cases)) : shipped;
try {
  const found = all
    .filter(({ name }) => !wanted || wanted.includes(name))
    .map((one) => {
      const result = measure(one);
      print(result);
      return result;
    });
  if (values.json) console.log(JSON.stringify({ families: found }));
} finally {
  rmSync(place, { recursive: true, force: true });
}
