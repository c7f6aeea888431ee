import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { readJournal } from '../../src/pipeline/journal.ts';
import { verdictRecord } from '../../src/pipeline/state.ts';
import { listFiles, readText, sha256File } from '../../src/world/files.ts';
import { packageFolder, specwright } from './command-line.ts';
import { sample } from './sample.ts';

/** Who dies: the program alone, the process group of the command, or the command with all that descends from it. */
export const deaths = ['program', 'group', 'tree'] as const;
export type Death = (typeof deaths)[number];

export type Kill = { afterMs: number; death: Death };

export const createArgs = (root: string, until: string | null): string[] => [
  'create',
  sample.brief,
  '--data',
  sample.data,
  '--out',
  root,
  '--target',
  'process',
  ...common(until),
];

const common = (until: string | null): string[] => ['--yes', ...(until ? ['--until', until] : [])];

/**
 * Starts the pipeline, kills it as often as asked, each time `afterMs` after it was started or resumed, and lets it
 * end. After each death nothing of the run may be left, and what had passed may not be run again.
 */
export const runThroughKills = async (root: string, until: string | null, kills: Kill[]): Promise<void> => {
  mkdirSync(path.dirname(root), { recursive: true });
  for (const kill of kills) {
    const child = start(nextArgs(root, until), path.dirname(root));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await Promise.race([ended, sleep(kill.afterMs)]);
    killAs(child, kill.death);
    await ended;
    await expectNothingLeft(root);
  }
  const last = await specwright(nextArgs(root, until), { cwd: path.dirname(root), limitMs: 600_000 });
  expect(last.code, last.all).toBe(0);
  await expectNothingLeft(root);
  expect(existsSync(path.join(root, '.specwright/lock'))).toBe(false);
  expect(existsSync(path.join(root, '.specwright/service.json'))).toBe(false);
  expect(stagesRunTwice(root)).toEqual([]);
};

/** Killed before the project was there, `create` is what a person types again. */
const nextArgs = (root: string, until: string | null): string[] =>
  existsSync(path.join(root, '.specwright/project.json'))
    ? ['resume', root, ...common(until)]
    : createArgs(root, until);

const start = (args: string[], cwd: string): ChildProcess =>
  spawn(process.execPath, [path.join(packageFolder, 'bin/specwright.js'), ...args], {
    cwd,
    stdio: 'ignore',
    detached: true,
  });

const killAs = (child: ChildProcess, death: Death): void => {
  const pid = child.pid!;
  const descendants = descendantsOf(pid);
  const victims = {
    program: () => [programOf(pid)],
    group: () => [-pid],
    tree: () => [pid, ...descendants],
  }[death]();
  for (const victim of victims) {
    try {
      process.kill(victim, 'SIGKILL');
    } catch {
      // it had ended by itself
    }
  }
};

/** The launcher hands over to another Node where its own is old: that one is the program. */
const programOf = (pid: number): number =>
  processes().find(({ parent, command }) => parent === pid && command.includes('bin/specwright.js'))?.pid ?? pid;

const descendantsOf = (pid: number): number[] => {
  const all = processes();
  const below = (one: number): number[] =>
    all.filter(({ parent }) => parent === one).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid);
};

type Process = { pid: number; parent: number; command: string; folder: string };

const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z') return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), command, folder: readlinkSync(`/proc/${name}/cwd`) }];
      } catch {
        return []; // it has ended in between
      }
    });

/** Processes that name the folder of the run, or work in it. */
export const processesOf = (folder: string): string[] =>
  processes()
    .filter((one) => one.command.includes(folder) || one.folder.startsWith(folder))
    .map(({ pid, command }) => `${pid} ${command}`);

const expectNothingLeft = async (root: string): Promise<void> => {
  const folder = path.dirname(root);
  for (let tries = 0; tries < 100 && processesOf(folder).length > 0; tries++) await sleep(50);
  expect(processesOf(folder)).toEqual([]);
};

/** Stages that were run again with the same inputs after they had passed. */
const stagesRunTwice = (root: string): string[] => {
  const passed = new Set<string>();
  const twice: string[] = [];
  for (const { kind, data } of readJournal(path.join(root, '.specwright/journal.jsonl'))) {
    if (kind === 'verdict') {
      const { stage, key, passed: good } = verdictRecord.parse(data);
      if (good) passed.add(`${stage} ${key}`);
    }
    if (kind === 'stage.started' && data.how === 'run' && passed.has(`${data.stage} ${data.key}`))
      twice.push(String(data.stage));
  }
  return twice;
};

const notCompared = /(^|\/)(__pycache__|\.[a-z]+_cache|debug-cpu|\.specwright)$/;
/** Hold times and measured speed beside what must be equal: their figures are masked. */
const measured =
  /^(README\.md|spec\/tech\.md|models\/current\/model\.json|runs\/[^/]+\/run\.json|reports\/(PROJECT_BUILD_LOG|bugfix_report|full_train_guidance)\.md|reports\/container_env_check\.log|deploy\/monitoring\/prometheus\.yml)$/;
/** Tell of nothing but what was measured. */
const measurements = /^reports\/(latency\.svg|deploy_report\.md|docker_running_report\.md)$/;
/** Figures that must be the same in spite of that: the metrics. */
const metricLine = /accuracy|macro_f1|"?(f1|auc|precision|recall)"?:/;

/** Every file of the project with what two runs of the same brief must have in common. */
export const fingerprint = async (root: string): Promise<Record<string, string>> => {
  const entries = await Promise.all(
    listFiles(root, (relative) => notCompared.test(relative)).map(async (file) => {
      if (measurements.test(file)) return [file, 'is there'];
      return [
        file,
        measured.test(file) ? masked(readText(path.join(root, file)), root) : await sha256File(path.join(root, file)),
      ];
    }),
  );
  return Object.fromEntries(entries) as Record<string, string>;
};

const masked = (text: string, root: string): string =>
  text
    .replaceAll(root, '<root>')
    .split('\n')
    .filter((line) => !/^(Load|压测|负载)/.test(line))
    .map((line) => (metricLine.test(line) ? line : line.replaceAll(/\d+(\.\d+)?(e-?\d+)?/g, '#')))
    .join('\n');

/** Numbers in 0..1 from a seed (mulberry32), so that a failing moment comes again. */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

/** Moments spread over the whole duration, one at random in each equal part of it. */
export const spread = (count: number, durationMs: number, random: () => number): number[] =>
  Array.from({ length: count }, (_, index) => ((index + random()) / count) * durationMs);
