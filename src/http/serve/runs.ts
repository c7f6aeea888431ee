import type { FastifyBaseLogger } from 'fastify';
import PQueue from 'p-queue';
import { AppError, messageOf } from '../../errors.ts';
import { type RunChoices, runIn, type Workshop } from '../../operations/headless/workshop.ts';

export type RunState = {
  project: string;
  state: 'queued' | 'running' | 'ended' | 'failed';
  verdict: string | null;
  error: string | null;
};

/** Runs that were asked for over HTTP: one after the other, or as many at once as are allowed; each project once. */
export const createRuns = (workshop: Workshop, { atOnce, log }: { atOnce: number; log: FastifyBaseLogger }) => {
  const queue = new PQueue({ concurrency: atOnce });
  const states = new Map<string, RunState>();
  const stopping = new AbortController();
  const work = async (project: string, choices: Omit<RunChoices, 'signal'>): Promise<void> => {
    const state = states.get(project)!;
    state.state = 'running';
    try {
      const { verdict } = await runIn(workshop, project, { ...choices, signal: stopping.signal });
      states.set(project, { project, state: 'ended', verdict, error: null });
    } catch (error) {
      if (!(error instanceof AppError)) log.error({ err: error, project }, 'a run failed');
      states.set(project, { project, state: 'failed', verdict: null, error: messageOf(error) });
    }
  };
  return {
    list: (): RunState[] => [...states.values()],
    of: (project: string): RunState | null => states.get(project) ?? null,
    start: (project: string, choices: Omit<RunChoices, 'signal'>): RunState => {
      const current = states.get(project)?.state;
      if (current === 'queued' || current === 'running') {
        throw new AppError('project.locked', `${project} is ${current} already`, {
          hint: 'Follow its events, or wait for its end.',
        });
      }
      const state: RunState = { project, state: 'queued', verdict: null, error: null };
      states.set(project, state);
      void queue.add(() => work(project, choices));
      return state;
    },
    counts: () => ({ waiting: queue.size, running: queue.pending }),
    /** Interrupts what runs; each project can be resumed. */
    stop: async () => {
      queue.clear();
      stopping.abort();
      await queue.onIdle();
    },
  };
};

export type Runs = ReturnType<typeof createRuns>;
