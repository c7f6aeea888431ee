import path from 'node:path';
import { sql } from 'kysely';
import type { ModelAccess } from '../../agents/model/keys.ts';
import type { Analyst } from '../../ceoagent/analysis.ts';
import { createPrompts } from '../../ceoagent/prompts.ts';
import { type CeoagentSettings, readCeoagentSettings } from '../../ceoagent/settings.ts';
import { createAnalyses } from '../../ceoagent/storage/analyses.ts';
import { openDatabase } from '../../ceoagent/storage/database.ts';
import { createSessions } from '../../ceoagent/storage/sessions.ts';
import { messageOf } from '../../errors.ts';
import { createApp } from './app.ts';

export type Surroundings = {
  variables: Record<string, string | undefined>;
  models: ModelAccess;
  packageFolder: string;
};

/** Starts the service; returns when it listens. `stop` lets requests in flight end first. */
export const startCeoagent = async ({
  variables,
  models,
  packageFolder,
}: Surroundings): Promise<{ url: string; stop(): Promise<void> }> => {
  const settings = readCeoagentSettings(variables);
  const prompts = createPrompts(settings.PROMPTS_DIR ?? path.join(packageFolder, 'prompts'), settings.PROMPT_VERSION);
  const database = await openDatabase({ url: settings.DATABASE_URL, folder: settings.DATA_DIR });
  const { analyst, name, stop: stopAnalyst } = await chooseAnalyst(settings, models, prompts);
  const app = await createApp({
    settings,
    analyst,
    analyses: createAnalyses(database),
    sessions: createSessions(database),
    notReady: () =>
      sql`SELECT 1`.execute(database).then(
        () => null,
        (error: unknown) => `the database does not answer: ${messageOf(error)}`,
      ),
    promptProblem: () => {
      prompts.current();
      return prompts.problem();
    },
    now: () => new Date(),
  });
  // A counter that begins with its first increment hides that increment from whoever looks at differences.
  app.metrics.tokens.inc({ model: name }, 0);
  const url = await app.listen({ host: settings.HOST, port: settings.PORT });
  return {
    url,
    stop: async () => {
      await app.close();
      await stopAnalyst();
      await database.destroy();
    },
  };
};

/** A model where its key is there, else the embedded analysis. */
const chooseAnalyst = async (
  settings: CeoagentSettings,
  models: ModelAccess,
  prompts: ReturnType<typeof createPrompts>,
): Promise<{ analyst: Analyst; name: string; stop(): Promise<void> }> => {
  const [, provider = 'anthropic', model = settings.MODEL_NAME] = /^([a-z]+):(\S+)$/.exec(settings.MODEL_NAME) ?? [];
  const chosen =
    provider !== 'anthropic' || settings.ANTHROPIC_API_KEY !== undefined || 'ANTHROPIC_API_KEY' in models.variables;
  if (!chosen) {
    const [{ embeddedAnalyst }, { openAnalysisPool }] = await Promise.all([
      import('../../ceoagent/embedded/analyst.ts'),
      import('../../ceoagent/embedded/analysis-pool.ts'),
    ]);
    const { analyse, stop } = openAnalysisPool();
    return { analyst: embeddedAnalyst(() => prompts.current().version, analyse), name: 'embedded', stop };
  }
  const { modelAnalyst } = await import('../../ceoagent/model-analyst.ts');
  const analyst = modelAnalyst({
    provider,
    model,
    access: models,
    rules: { call_seconds: settings.REQUEST_TIMEOUT, answer_mb: 4, retries: settings.MAX_RETRIES, retry_seconds: 1 },
    prompts: prompts.current,
    record: () => undefined,
  });
  return { analyst, name: `${provider}:${model}`, stop: async () => undefined };
};
