import { readJournal } from '../pipeline/journal.ts';
import type { StageStatus } from '../pipeline/run-options.ts';
import { type State, stateOf } from '../pipeline/state.ts';
import { order } from '../stages/order.ts';
import { holderOf } from '../world/lock.ts';
import type { World } from '../world/world.ts';
import { type AgentCost, agentCosts } from './agents/agent-costs.ts';
import { journalOf, lockOf, openProject } from './project.ts';
import type { RunVerdict } from './run.ts';
import { type StageTime, stageTimes } from './stage-times.ts';
import { type Summary, summarise } from './summary.ts';

export type Status = {
  summary: Summary;
  statuses: Map<string, StageStatus>;
  times: StageTime[];
  agents: AgentCost[];
  busy: { pid: number } | null;
};

/** Where a project stands, by its journal alone. */
export const statusOf = async (world: World, given: string): Promise<Status> => {
  const { root } = openProject(given);
  const entries = readJournal(journalOf(root));
  const state = stateOf(entries);
  const busy = holderOf(lockOf(root));
  const statuses = new Map(order.map(({ id }) => [id, statusIn(state, id, busy !== null)]));
  const questions = [...state.open.values()];
  const run = entries.findLast(({ kind }) => kind === 'run.started')?.data.run;
  const verdict = verdictOf([...statuses.values()], questions.length > 0);
  const summary = await summarise(world, root, {
    run: typeof run === 'string' ? run : null,
    verdict,
    stages: statuses,
    questions,
  });
  return { summary, statuses, times: stageTimes(entries), agents: agentCosts(entries), busy };
};

const statusIn = ({ verdicts, interrupted }: State, stage: string, busy: boolean): StageStatus => {
  if (interrupted.has(stage) && busy) return { status: 'running' };
  const record = verdicts.get(stage);
  if (!record || interrupted.has(stage)) return { status: 'pending' };
  const { run, collect, gate, engine } = record.seconds;
  const seconds = run + collect + gate + engine;
  return record.passed
    ? { status: 'passed', seconds, fresh: true }
    : { status: 'refused', seconds, reasons: record.reasons };
};

const verdictOf = (statuses: StageStatus[], isAsked: boolean): RunVerdict => {
  if (statuses.some(({ status }) => status === 'refused')) return 'refused';
  if (statuses.every(({ status }) => status === 'passed')) return 'passed';
  return isAsked ? 'waiting' : 'failed';
};
