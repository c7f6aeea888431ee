import { inLanguage } from '../../artifacts/document.ts';
import type { Config } from '../../config.ts';
import { errorTable, exitCodeOf } from '../../errors.ts';
import { openProject } from '../../operations/project.ts';
import { type RunResult, runProject } from '../../operations/run.ts';
import { bringUp, keepUp, serviceOf, takeDown } from '../../operations/service.ts';
import { summarise } from '../../operations/summary.ts';
import type { Answer } from '../../pipeline/questions.ts';
import type { StageStatus } from '../../pipeline/run-options.ts';
import { order } from '../../stages/order.ts';
import type { World } from '../../world/world.ts';
import { createConsole } from '../show/console.ts';
import { printSummary } from '../show/print-summary.ts';
import { createProgress } from '../show/progress.ts';
import { createAnswerer, readAnswers } from './answerer.ts';
import { interruptible } from './interrupt.ts';

export type RunFlags = {
  answers?: string | undefined;
  yes?: boolean | undefined;
  until?: string | undefined;
  replay?: 'near' | 'strict' | undefined;
  /** Answers of another run, which say by whom they were given. */
  given?: Record<string, Answer>;
  keepRunning?: boolean | undefined;
  json?: boolean | undefined;
};

/** Runs a project, shows it, sums it up; returns the exit code. */
export const runSession = async (
  { config, world }: { config: Config; world: World },
  given: string,
  flags: RunFlags,
): Promise<number> => {
  const { root, project } = openProject(given);
  const { language } = project.settings;
  const say = inLanguage(language);
  const console = createConsole(flags);
  const answers = readAnswers(flags.answers);
  const before = await serviceOf(world, root);
  const rows = order.map(({ id, title }) => ({ id, title: title[language] }));
  const progress = createProgress(console, untilStage(rows, flags.until), say);
  const stopping = () => {
    progress.pause();
    console.print(say('正在停止……', 'stopping …'));
  };
  const { result, interrupted } = await interruptible(stopping, async (signal) => {
    const answerer = createAnswerer({
      answers,
      given: flags.given ?? {},
      yes: flags.yes ?? false,
      console,
      progress,
      say,
      signal,
    });
    try {
      const done = await runProject(config, world, root, {
        answerer,
        until: flags.until,
        replay: flags.replay,
        signal,
        onChange: progress.onChange,
        onProgress: progress.onProgress,
      });
      progress.end();
      if (done.verdict === 'passed' && flags.keepRunning && !flags.until) await bringUp(config, world, root, signal);
      return { result: done, interrupted: signal.aborted };
    } finally {
      progress.end();
      // One that a person had brought up before stays, in its new version.
      await (flags.keepRunning || before !== null ? keepUp(world, root) : takeDown(world, root));
    }
  });
  const summary = await summarise(world, root, {
    ...result,
    stages: result.report.stages,
    questions: result.report.questions,
  });
  printSummary(console, summary, { say, language, statuses: result.report.stages, seconds: result.seconds });
  if (flags.json) console.json(summary);
  return interrupted ? errorTable.interrupted.exit : exitCodeOfRun(result);
};

const untilStage = <Row extends { id: string }>(rows: Row[], until: string | undefined): Row[] => {
  const last = rows.findIndex(({ id }) => id === until);
  return last < 0 ? rows : rows.slice(0, last + 1);
};

const exitCodeOfRun = ({ verdict, report }: RunResult): number => {
  const codes = { passed: 0, refused: errorTable['gate.refused'].exit, waiting: errorTable.waiting.exit };
  return verdict === 'failed' ? codeOfFailure([...report.stages.values()]) : codes[verdict];
};

const codeOfFailure = (statuses: StageStatus[]): number => {
  const failed = statuses.find((one) => one.status === 'failed');
  return failed ? exitCodeOf(failed.error) : 1;
};
