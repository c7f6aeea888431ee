import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Replay } from '../agents/model/language-model.ts';
import { openAgents } from '../agents/open-agents.ts';
import { hashOf } from '../artifacts/catalog.ts';
import { loadRules } from '../artifacts/rules/rules.ts';
import type { Config } from '../config.ts';
import { createWorkbench, type Workbench } from '../environment/workbench.ts';
import { AppError } from '../errors.ts';
import type { EngineContext } from '../pipeline/context.ts';
import { type Journal, openJournal } from '../pipeline/journal.ts';
import type { Answerer } from '../pipeline/questions.ts';
import type { RunReport, StageStatus } from '../pipeline/run-options.ts';
import { runPipeline } from '../pipeline/runner.ts';
import { stageContext } from '../stages/context.ts';
import { takeBackFurther } from '../stages/framework/further/take-back.ts';
import { order } from '../stages/order.ts';
import { paddleOf, sharedPackages, sharedTemplate } from '../stages/templates.ts';
import { removeHalfWritten } from '../world/files.ts';
import { acquireLock } from '../world/lock.ts';
import type { World } from '../world/world.ts';
import { describeData } from './create.ts';
import { journalOf, lockOf, openProject, saveProject } from './project.ts';

export type RunVerdict = 'passed' | 'refused' | 'waiting' | 'failed';

export type RunResult = {
  root: string;
  run: string;
  verdict: RunVerdict;
  report: RunReport;
  seconds: number;
  timings: ReturnType<Workbench['timings']>;
};

export type RunHooks = {
  answerer: Answerer;
  onChange(stage: string, status: StageStatus): void;
  onProgress(stage: string, text: string): void;
};

/** Environments and run folders are written by other programs, and may hold many files. */
const notOurs = /^(debug-cpu|debug-gpu|runs|data\/images|\.git)$/;

/** Runs a project from where it stands: what is up to date is left, everything else is run and gated. */
export const runProject = async (
  config: Config,
  world: World,
  given: string,
  options: RunHooks & { until?: string | undefined; replay?: Replay | undefined; signal: AbortSignal },
): Promise<RunResult> => {
  const started = performance.now();
  const { root, project } = openProject(given);
  if (options.until && !order.some(({ id }) => id === options.until)) {
    throw new AppError('usage', `There is no stage ${options.until}`, {
      hint: `Stages: ${order.map(({ id }) => id).join(' ')}`,
    });
  }
  const lock = acquireLock(lockOf(root), `The project ${root}`);
  let journal: Journal | undefined;
  let workbench: Workbench | undefined;
  try {
    await removeHalfWritten(root, (file) => notOurs.test(file));
    const settings = { ...project.settings, data: await refreshData(project.settings.data) };
    if (hashOf(settings) !== hashOf(project.settings)) await saveProject(root, { ...project, settings });
    const loaded = loadRules({
      packageFolder: config.packageFolder,
      language: settings.language,
      ownFolders: project.ruleFolders,
    });
    const agents = await openAgents({
      given: settings.agents,
      access: config.models,
      rules: loaded.rules.CLAUDE.agents,
      prices: loaded.rules.CLAUDE.prices,
      budget: settings.agentBudget,
      root,
      packageFolder: config.packageFolder,
      language: settings.language,
      ownFolders: project.ruleFolders,
      replay: options.replay ?? null,
      run: world.run,
    });
    journal = openJournal(journalOf(root), world.now);
    const bench = createWorkbench({
      config,
      run: world.run,
      rules: loaded.rules.VENV_CONFIG,
      templateFolder: sharedTemplate(config),
      packages: sharedPackages(config),
      paddle: paddleOf(config, settings.framework),
      scratch: path.join(root, '.specwright', 'work', 'python'),
    });
    workbench = bench;
    const run = `${world
      .now()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '')}-${journal.entries.length}`;
    const begin = onceBeforeWork(journal, bench, { run, settings });
    const pipeline = {
      root,
      order,
      settings,
      rules: loaded.rules,
      world,
      journal,
      signal: options.signal,
      answerer: options.answerer,
      until: options.until,
      extend: (engine: EngineContext) => {
        begin();
        return stageContext(engine, { config, workbench: bench, ruleFiles: loaded.files, agents });
      },
      onChange: options.onChange,
      onProgress: options.onProgress,
    };
    let report = await runPipeline(pipeline);
    if (!options.signal.aborted && (await takeBackFurther(root, journal, report))) report = await runPipeline(pipeline);
    const verdict = verdictOf(report, options.signal);
    const seconds = (performance.now() - started) / 1000;
    if (begin.happened())
      journal.append('run.ended', { run, verdict, seconds: Number(seconds.toFixed(3)), ...bench.timings() }, true);
    return { root, run, verdict, report, seconds, timings: bench.timings() };
  } finally {
    await workbench?.close();
    journal?.close();
    lock.release();
  }
};

/** A run that finds everything up to date leaves no trace; one that works says so, and warms Python up meanwhile. */
const onceBeforeWork = (journal: Journal, workbench: Workbench, data: { run: string; settings: { data: unknown } }) => {
  let happened = false;
  const begin = () => {
    if (happened) return;
    happened = true;
    journal.append('run.started', data, true);
    if (data.settings.data !== null) workbench.warmUp();
  };
  return Object.assign(begin, { happened: () => happened });
};

/** The data as they are now; a file that has gone away keeps the hash under which it was read. */
const refreshData = async (data: { path: string; sha256: string } | null) =>
  data && existsSync(data.path) ? describeData(data.path) : data;

const verdictOf = ({ stages, questions }: RunReport, signal: AbortSignal): RunVerdict => {
  const all = [...stages.values()];
  if (signal.aborted || all.some(({ status }) => status === 'failed')) return 'failed';
  if (all.some(({ status }) => status === 'refused')) return 'refused';
  if (questions.length > 0) return 'waiting';
  return all.every(({ status }) => status === 'passed') ? 'passed' : 'failed';
};
