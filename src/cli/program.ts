import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { answerCommand } from './commands/answer.ts';
import { createCommand } from './commands/create.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { logsCommand } from './commands/logs.ts';
import { predictCommand } from './commands/predict.ts';
import { canaryCommand, deployCommand } from './commands/release/deploy.ts';
import { judgeCommand } from './commands/release/judge.ts';
import { releasesCommand } from './commands/release/releases.ts';
import { rollbackCommand } from './commands/release/rollback.ts';
import { abortCommand, pauseCommand, promoteCommand } from './commands/release/steer.ts';
import { replayCommand } from './commands/replay.ts';
import { resumeCommand } from './commands/resume.ts';
import { stagesCommand } from './commands/stages.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { traceCommand } from './commands/trace.ts';
import { upCommand } from './commands/up.ts';
import { verifyCommand } from './commands/verify.ts';
import { driftCommand } from './commands/watching/drift.ts';
import { loadCommand } from './commands/watching/load.ts';
import { manifestsCommand } from './commands/watching/manifests.ts';
import { watchCommand } from './commands/watching/watch.ts';
import { mcpCommand } from './doors/mcp.ts';
import { serveCommand } from './doors/serve.ts';
import type { End } from './end.ts';

/** Declares a command. What it needs is imported by its action, so that `--help` loads nothing but declarations. */
export type Declare = (program: Command, end: End) => void;

const commands: Declare[] = [
  createCommand,
  resumeCommand,
  replayCommand,
  answerCommand,
  statusCommand,
  verifyCommand,
  traceCommand,
  stagesCommand,
  predictCommand,
  upCommand,
  downCommand,
  logsCommand,
  deployCommand,
  canaryCommand,
  promoteCommand,
  pauseCommand,
  abortCommand,
  rollbackCommand,
  releasesCommand,
  judgeCommand,
  loadCommand,
  watchCommand,
  driftCommand,
  manifestsCommand,
  doctorCommand,
  startCommand,
  mcpCommand,
  serveCommand,
];

const exitCodes = `
Exit codes:
  0  passed                      5    not a project of ours, or in use
  2  usage or unusable input     10   waiting for an answer
  3  refused by a gate           130  interrupted
  4  an outside tool failed`;

export const createProgram = (end: End): Command => {
  const program = new Command('specwright')
    .description('From a few sentences and your data to a trained, deployed and watched machine-learning service.')
    .version(versionOfPackage())
    .configureHelp({ helpWidth: 80, subcommandTerm: (command) => command.name() })
    .enablePositionalOptions() // deploy has a --version of its own
    .exitOverride()
    .showHelpAfterError('hint: specwright --help lists the commands, specwright COMMAND --help its options')
    .addHelpText('after', exitCodes);
  for (const declare of commands) declare(program, end);
  return program;
};

const versionOfPackage = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
