import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import type { Analysis, Query } from '../analysis.ts';
import { AnalysisFault } from '../fault.ts';

export type AnalysisPool = { analyse(query: Query, signal: AbortSignal): Promise<Analysis>; stop(): Promise<void> };

/** More than this many questions would wait longer than anyone: the next is refused at once. */
const mostWaiting = 2000;

/** Threads for the figures: ten thousand courses of each option would hold up every other request, `/health` among them. */
export const openAnalysisPool = (): AnalysisPool => {
  // Beside this file, under the same ending: as it stands in src, and in the bundle of the image.
  const here = fileURLToPath(import.meta.url);
  const pool = workerpool.pool(path.join(path.dirname(here), `analysis-worker${path.extname(here)}`), {
    workerType: 'thread',
    minWorkers: 'max',
    maxWorkers: Math.max(1, availableParallelism() - 1),
    maxQueueSize: mostWaiting,
  });
  return {
    analyse: async (query, signal) => {
      signal.throwIfAborted();
      const work = begun(() => pool.exec('analyse', [query]));
      const cancel = () => work.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        return (await work) as Analysis;
      } catch (error) {
        if (signal.aborted) throw new AnalysisFault('TIMEOUT', 'The analysis took longer than REQUEST_TIMEOUT');
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
    stop: async () => {
      await pool.terminate();
    },
  };
};

const begun = <Work>(begin: () => Work): Work => {
  try {
    return begin();
  } catch (error) {
    throw new AnalysisFault('OVERLOADED', `${mostWaiting} questions are waiting already; ask again in a few seconds`, {
      cause: error,
    });
  }
};
