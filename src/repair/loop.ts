import { createTwoFilesPatch } from 'diff';
import { type Bench, exceptionOf, type Failure, type Fault, frameOf } from './fault.ts';

export type RepairRecord = {
  fault: string;
  step: string;
  exception: string;
  message: string;
  frame: string | null;
  trace: string;
  repair: string;
  diff: string;
  rerun_exit_code: number;
  kept: boolean;
  seconds: number;
};

export type RepairOutcome = { passed: boolean; records: RepairRecord[]; unresolved: string | null };

/**
 * Mends one fault at a time until the run passes. A repair is kept only when the run then passes or fails in another
 * way; otherwise its files are put back. Ends after `maximumRepairs`, after `triesPerFault` for one fault, or when
 * nothing known fits; `unresolved` then says what is left.
 */
export const repairUntilPassing = async (options: {
  first: Failure;
  attempt(): Promise<Failure | null>;
  bench: Bench;
  faults: readonly Fault[];
  maximumRepairs: number;
  triesPerFault: number;
}): Promise<RepairOutcome> => {
  const records: RepairRecord[] = [];
  const tries = new Map<string, number>();
  let failure: Failure | null = options.first;
  while (failure && records.length < options.maximumRepairs) {
    const fault = recogniseFault(failure, options.faults, tries, options.triesPerFault);
    if (!fault) break;
    const next: { record: RepairRecord | null; failure: Failure | null } = await tryRepair(
      fault,
      failure,
      tries,
      options,
    );
    if (!next.record) continue;
    records.push(next.record);
    failure = next.record.kept ? next.failure : failure;
  }
  return { passed: failure === null, records, unresolved: failure ? describe(failure, options.bench.root) : null };
};

type Recognised = { fault: Fault; found: Record<string, string> };

const recogniseFault = (
  failure: Failure,
  faults: readonly Fault[],
  tries: Map<string, number>,
  limit: number,
): Recognised | null => {
  for (const fault of faults) {
    const found = (tries.get(fault.id) ?? 0) < limit ? fault.recognise(failure) : null;
    if (found) return { fault, found };
  }
  return null;
};

const tryRepair = async (
  { fault, found }: Recognised,
  failure: Failure,
  tries: Map<string, number>,
  { bench, attempt }: { bench: Bench; attempt(): Promise<Failure | null> },
) => {
  const started = performance.now();
  const count = (tries.get(fault.id) ?? 0) + 1;
  tries.set(fault.id, count);
  const before = new Map<string, string | null>();
  const watched: Bench = {
    ...bench,
    write: (file, content) => {
      if (!before.has(file)) before.set(file, bench.read(file));
      return bench.write(file, content);
    },
  };
  const repair = await fault.mend(found, watched, count);
  if (repair === null) {
    tries.set(fault.id, Number.POSITIVE_INFINITY);
    return { record: null, failure };
  }
  const diff = [...before]
    .map(([file, old]) => createTwoFilesPatch(file, file, old ?? '', bench.read(file) ?? ''))
    .join('\n');
  const after = await attempt();
  const kept =
    after === null ||
    signature(after) !== signature(failure) ||
    fault.id === 'out-of-memory' ||
    fault.id === 'loss-not-finite';
  if (!kept) for (const [file, old] of before) if (old !== null) await bench.write(file, old);
  const { name, message } = exceptionOf(failure.output);
  const record: RepairRecord = {
    fault: fault.id,
    step: fault.step,
    exception: name,
    message,
    frame: frameOf(failure.output, bench.root),
    trace: failure.output.trim().split('\n').slice(-25).join('\n'),
    repair,
    diff,
    rerun_exit_code: after?.exitCode ?? 0,
    kept,
    seconds: (performance.now() - started) / 1000,
  };
  return { record, failure: after };
};

/** By what two failures are told apart. */
export const signature = ({ output, exitCode, ended }: Failure): string => {
  const { name, message } = exceptionOf(output);
  return `${ended} ${exitCode} ${name} ${message}`;
};

const describe = (failure: Failure, root: string): string => {
  const { name, message } = exceptionOf(failure.output);
  const frame = frameOf(failure.output, root);
  return `${name}: ${message}${frame ? ` (${frame})` : ''}; to see it: ${failure.command}`;
};
