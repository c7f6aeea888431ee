import path from 'node:path';
import { z } from 'zod';
import type { Entry } from '../pipeline/journal.ts';
import { verdictRecord } from '../pipeline/state.ts';

/** Where the seconds of a stage's last verdict went. The parts add up to the whole. */
export type StageTime = { stage: string; seconds: number; parts: Part[] };
/** A call, the calls too short to be told one by one, or what the engine did itself (waiting for Python included). */
export type Part = { kind: 'call' | 'short' | 'engine'; what: string; seconds: number };

/** A tool call, or another event of a stage that says how long it took. */
const timed = z.object({
  stage: z.string(),
  seconds: z.number(),
  argv: z.array(z.string()).optional(),
  what: z.string().optional(),
});
type Call = { what: string; from: number; to: number };

/** Shorter calls are told together. */
const tellsFrom = 1;

export const stageTimes = (entries: readonly Entry[]): StageTime[] => {
  const calls = new Map<string, Call[]>();
  const times = new Map<string, StageTime>();
  for (const { kind, time, data } of entries) {
    if (kind === 'stage.started') calls.set(String(data.stage), []);
    const event = timed.safeParse(data);
    if (event.success) {
      const { stage, seconds, argv, what } = event.data;
      const to = Date.parse(time) / 1000;
      calls.get(stage)?.push({ what: argv ? nameOf(argv) : (what ?? kind), from: to - seconds, to });
    }
    if (kind === 'verdict') {
      const { stage, seconds } = verdictRecord.parse(data);
      times.set(
        stage,
        split(
          stage,
          Object.values(seconds).reduce((sum, one) => sum + one, 0),
          calls.get(stage) ?? [],
        ),
      );
    }
  }
  return [...times.values()].sort((a, b) => a.stage.localeCompare(b.stage));
};

/** Calls that ran side by side share the time of the wall: each gets what no earlier one covers. */
const split = (stage: string, seconds: number, calls: Call[]): StageTime => {
  const parts: StageTime['parts'] = [];
  let covered = Number.NEGATIVE_INFINITY;
  let told = 0;
  let short = { count: 0, seconds: 0 };
  for (const { what, from, to } of [...calls].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const own = Math.max(0, to - Math.max(from, covered));
    covered = Math.max(covered, to);
    told += own;
    if (own >= tellsFrom) parts.push({ kind: 'call', what, seconds: own });
    else short = { count: short.count + 1, seconds: short.seconds + own };
  }
  if (short.count > 0) parts.push({ kind: 'short', what: String(short.count), seconds: short.seconds });
  parts.push({ kind: 'engine', what: '', seconds: Math.max(0, seconds - told) });
  return { stage, seconds, parts };
};

/** What tells one call from another: script or module, its plain arguments, and where it writes. */
const nameOf = ([program = '', ...args]: string[]): string => {
  const output = args.indexOf('--output');
  const plain = args.filter((one, at) => !one.startsWith('-') && !one.includes('=') && !args[at - 1]?.startsWith('--'));
  const isPython = path.basename(program).startsWith('python');
  const shown = [
    ...(isPython ? [] : [program]),
    ...plain.slice(0, 3),
    ...(output < 0 ? [] : ['→', args[output + 1] ?? '']),
  ];
  const short = shown.map((one) => (path.isAbsolute(one) ? path.basename(one) : one));
  return short
    .filter((one, at) => one !== short[at - 1])
    .join(' ')
    .slice(0, 70);
};
