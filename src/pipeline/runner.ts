import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { artifactFiles, hashFiles, hashOf } from '../artifacts/catalog.ts';
import { AppError, isDiskFull, messageOf } from '../errors.ts';
import { keepFiles, restoreFiles, storeEvidence } from './blobs.ts';
import type { EngineContext } from './context.ts';
import { engineContext } from './engine-context.ts';
import { dependencies, type StageKey, stageKey } from './keys.ts';
import { WaitingError } from './questions.ts';
import type { RunOptions, RunReport, StageStatus } from './run-options.ts';
import type { Stage } from './stage.ts';
import { stateOf, type VerdictRecord } from './state.ts';
import { reasonsOf } from './verdict.ts';

/**
 * Runs every stage whose inputs are ready, several at once where the table allows it; each at most once.
 * Ends when nothing can start any more. A refusal or failure starts nothing new; waiting leaves the rest going.
 */
export const runPipeline = async <Context extends EngineContext>(options: RunOptions<Context>): Promise<RunReport> => {
  const last = options.until
    ? options.order.findIndex((stage) => stage.id === options.until)
    : options.order.length - 1;
  const order = options.order.slice(0, last + 1);
  const status = new Map<string, StageStatus>(order.map((stage) => [stage.id, { status: 'pending' }]));
  const running = new Map<string, Promise<void>>();
  const set = (stage: string, value: StageStatus) => {
    status.set(stage, value);
    options.onChange(stage, value);
  };
  const passed = (stage: Stage<Context>) => status.get(stage.id)?.status === 'passed';
  const halted = () => [...status.values()].some((one) => one.status === 'refused' || one.status === 'failed');
  const startReady = () => {
    if (halted() || options.signal.aborted) return;
    for (const stage of order) {
      if (status.get(stage.id)?.status !== 'pending' || !dependencies(stage, order).every(passed)) continue;
      set(stage.id, { status: 'running' });
      const work = runStage(stage, options).then((end) => {
        set(stage.id, end);
        running.delete(stage.id);
      });
      running.set(stage.id, work);
    }
  };
  for (startReady(); running.size > 0; startReady()) await Promise.race(running.values());
  const waiting = [...status.values()].flatMap((one) => (one.status === 'waiting' ? one.questions : []));
  return { stages: status, questions: waiting };
};

const runStage = async <Context extends EngineContext>(
  stage: Stage<Context>,
  options: RunOptions<Context>,
): Promise<StageStatus> => {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const state = stateOf(options.journal.entries);
    const key = await stageKey(stage, { ...options, state });
    const action = await decide(stage, key, options);
    if (action.do === 'nothing') return { status: 'passed', seconds: seconds(), fresh: false };
    const record = await execute(stage, key, action.do, options);
    return record.passed
      ? { status: 'passed', seconds: seconds(), fresh: true }
      : { status: 'refused', seconds: seconds(), reasons: record.reasons };
  } catch (error) {
    const end: StageStatus =
      error instanceof WaitingError
        ? { status: 'waiting', seconds: seconds(), questions: error.questions }
        : { status: 'failed', seconds: seconds(), error: withDiskHint(error) };
    if (!isDiskFull(error)) {
      options.journal.append('stage.ended', { stage: stage.id, how: end.status, error: messageOf(error) }, true);
    }
    return end;
  }
};

const withDiskHint = (error: unknown): unknown =>
  isDiskFull(error)
    ? new AppError('disk.full', `No space left: ${messageOf(error)}`, {
        hint: 'Free some space and run `specwright resume`; finished stages are kept.',
        cause: error,
      })
    : error;

type Action = { do: 'nothing' } | { do: 'run' } | { do: 'adopt' };

const decide = async <Context extends EngineContext>(
  stage: Stage<Context>,
  key: StageKey,
  options: RunOptions<Context>,
): Promise<Action> => {
  const state = stateOf(options.journal.entries);
  const prior = state.verdicts.get(stage.id);
  if (!prior || prior.key !== key.key || state.interrupted.has(stage.id)) return { do: 'run' };
  const now = await outputsOf(stage, options.root);
  if (Object.keys(prior.files).some((file) => now.files[file] === undefined)) return { do: 'run' };
  const edited = Object.keys(now.files).filter((file) => now.files[file] !== state.files.get(file));
  const mine = edited.filter((file) => prior.files[file] !== undefined || !state.files.has(file));
  const refusedBefore = !prior.passed;
  if (mine.length === 0) return refusedBefore ? { do: 'run' } : { do: 'nothing' };
  for (const file of mine) options.journal.append('artifact.edited', { stage: stage.id, path: file });
  // A report of measurements is no place to correct: it is measured again.
  return { do: stage.adopt ? 'adopt' : 'run' };
};

const execute = async <Context extends EngineContext>(
  stage: Stage<Context>,
  key: StageKey,
  how: 'run' | 'adopt',
  options: RunOptions<Context>,
): Promise<VerdictRecord> => {
  const before = stateOf(options.journal.entries);
  await restoreFiles(options.root, before.halfWritten.get(stage.id), before.files);
  options.journal.append('stage.started', { stage: stage.id, key: key.key, inputs: key.inputs, how }, true);
  const scratch = path.join(options.root, '.specwright', 'work', stage.id);
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const context = options.extend(engineContext(stage.id, scratch, options));

  const clock = stopwatch();
  await (how === 'adopt' ? (stage.adopt?.(context) ?? Promise.resolve()) : stage.run(context));
  const run = clock();
  const evidence = jsonOnly(await stage.collect(context));
  const collect = clock();
  const outcome = stage.gate(evidence, options.rules);
  const gate = clock();
  options.signal.throwIfAborted();

  const outputs = await outputsOf(stage, options.root);
  await keepFiles(options.root, outputs.files);
  const evidenceHash = await storeEvidence(options.root, evidence);
  const rulesHash = await storeEvidence(options.root, options.rules);
  const record: VerdictRecord = {
    stage: stage.id,
    key: key.key,
    passed: outcome.passed,
    reasons: reasonsOf(outcome),
    evidence: evidenceHash,
    rules: rulesHash,
    inputs: key.inputs,
    ...outputs,
    seconds: { run, collect, gate, engine: clock() },
  };
  options.journal.append('verdict', record);
  options.journal.append('stage.ended', { stage: stage.id, how: outcome.passed ? 'passed' : 'refused' }, true);
  return record;
};

const outputsOf = async (stage: { produces: Stage['produces'] }, root: string) => {
  const artifacts: Record<string, string> = {};
  const files: Record<string, string> = {};
  for (const id of stage.produces) {
    const hashes = await hashFiles(root, artifactFiles(root, id));
    artifacts[id] = hashOf(hashes);
    Object.assign(files, hashes);
  }
  return { artifacts, files };
};

/** What a gate sees now and what `verify` reads back later must be the same. */
const jsonOnly = (evidence: unknown): unknown => JSON.parse(JSON.stringify(evidence ?? null));

const stopwatch = () => {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
};
