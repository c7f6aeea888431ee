import type { Analyst } from '../../ceoagent/analysis.ts';
import type { CeoagentSettings } from '../../ceoagent/settings.ts';
import type { Analyses } from '../../ceoagent/storage/analyses.ts';
import type { Sessions } from '../../ceoagent/storage/sessions.ts';

/** What the interface stands on. */
export type Parts = {
  settings: CeoagentSettings;
  analyst: Analyst;
  analyses: Analyses;
  sessions: Sessions;
  /** Why no request can be answered well; null: all is there. */
  notReady(): Promise<string | null>;
  /** A prompt on disk that cannot be used; null: none. */
  promptProblem(): string | null;
  now(): Date;
};
