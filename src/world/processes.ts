import { execa } from 'execa';
import { AppError } from '../errors.ts';
import { watchMemory } from './process-memory.ts';
import type { Watchdog } from './watchdog.ts';

export type Argv = readonly [string, ...string[]];

export type RunOptions = {
  cwd?: string;
  /** Added to the environment that children inherit. */
  env?: Record<string, string>;
  input?: string;
  /** Limit in seconds; at its end the whole process group is killed. */
  limitSeconds: number;
  /** Limit of resident memory of the process group in MB (Linux only). */
  limitMemoryMb?: number;
  signal?: AbortSignal | undefined;
};

export type RunResult = {
  argv: string[];
  exitCode: number;
  stdout: string;
  stderr: string;
  seconds: number;
  ended: 'exit' | 'time limit' | 'memory limit' | 'cancelled' | 'not found';
  /** Highest resident memory seen, MB; null where the system does not tell. */
  peakMemoryMb: number | null;
};

export type Run = (argv: Argv, options: RunOptions) => Promise<RunResult>;

/** Runs programs by argv, never through a shell; a child's failure is a result, not an exception. */
export const runProcess =
  (inherited: Record<string, string>, watchdog: Watchdog): Run =>
  async (argv, options) => {
    const started = performance.now();
    const child = execa(argv[0], argv.slice(1), {
      cwd: options.cwd,
      env: { ...inherited, ...options.env },
      extendEnv: false,
      input: options.input ?? '',
      reject: false,
      detached: true,
      maxBuffer: 32 * 1024 * 1024,
      stripFinalNewline: false,
    });
    if (child.pid !== undefined) watchdog.watch(child.pid);
    let ended: RunResult['ended'] = 'exit';
    const stop = (why: RunResult['ended']) => {
      ended = why;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => stop('time limit'), options.limitSeconds * 1000);
    const onAbort = () => stop('cancelled');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const memory = watchMemory(child.pid, options.limitMemoryMb ?? Number.POSITIVE_INFINITY, () =>
      stop('memory limit'),
    );
    try {
      const result = await child;
      if (result.code === 'ENOENT' && result.exitCode === undefined) ended = 'not found';
      return {
        argv: [...argv],
        exitCode: result.exitCode ?? (ended === 'not found' ? 127 : 137),
        stdout: result.stdout,
        stderr: ended === 'not found' ? `${argv[0]}: not found` : result.stderr,
        seconds: (performance.now() - started) / 1000,
        ended,
        peakMemoryMb: memory.peakMb(),
      };
    } finally {
      if (child.pid !== undefined) watchdog.release(child.pid);
      clearTimeout(timer);
      memory.stop();
      options.signal?.removeEventListener('abort', onAbort);
    }
  };

/** The result, or an AppError that tells the command, its exit code and the end of what it printed. */
export const expectSuccess = (result: RunResult, doing: string, hint?: string): RunResult => {
  if (result.exitCode === 0 && result.ended === 'exit') return result;
  const how = result.ended === 'exit' ? `exit code ${result.exitCode}` : result.ended;
  throw new AppError('tool.failed', `${doing} failed (${how}): ${result.argv.join(' ')}\n${lastLines(result, 12)}`, {
    hint: hint ?? 'Run the command above by hand to see the whole output.',
  });
};

export const lastLines = (result: { stdout: string; stderr: string }, count: number): string =>
  `${result.stdout.trimEnd()}\n${result.stderr.trimEnd()}`.trim().split('\n').slice(-count).join('\n');

export const killGroup = (pid: number | undefined, signal: NodeJS.Signals = 'SIGKILL'): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};
