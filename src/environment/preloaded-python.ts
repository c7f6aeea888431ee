import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../errors.ts';
import { watchMemory } from '../world/process-memory.ts';
import type { RunOptions, RunResult } from '../world/processes.ts';
import { killGroup } from '../world/processes.ts';

/**
 * A Python process with the heavy libraries loaded, which forks for each run: 0.2 s for what takes 9 s from clean.
 * Same argv, output and exit code as a fresh process; what must be proved from clean does not run here.
 */
export type PreloadedPython = {
  run(script: readonly string[], options: RunOptions & { cwd: string }): Promise<RunResult>;
  close(): void;
};

type Reply = { id: number; exit: number; seconds: number; peak_memory_mb: number };
type Message = Reply & { ready?: boolean; pid?: number };
/** A run that has not ended: told its process id first, then its end. */
type Pending = { begun(pid: number): void; ended(reply: Reply): void };

export const startPreloadedPython = async (options: {
  python: string;
  server: string;
  modules: string[];
  scratch: string;
  environment: Record<string, string>;
  /** Ends the process, ready or not. */
  signal: AbortSignal;
}): Promise<PreloadedPython> => {
  mkdirSync(options.scratch, { recursive: true });
  const child = spawn(options.python, [options.server, ...options.modules], {
    env: { ...options.environment, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MPLBACKEND: 'Agg' },
    detached: true,
  });
  options.signal.addEventListener('abort', () => killGroup(child.pid), { once: true });
  if (options.signal.aborted) killGroup(child.pid);
  const pending = new Map<number, Pending>();
  await readiness(child, pending);
  let count = 0;
  const runs = new Set<number>();
  return {
    run: (script, runOptions) => {
      count += 1;
      const id = count;
      runs.add(id);
      return request({ id, child, pending, scratch: options.scratch, script, options: runOptions }).finally(() =>
        runs.delete(id),
      );
    },
    close: () => {
      for (const id of runs) child.stdin.write(`${JSON.stringify({ id, kill: true })}\n`);
      child.stdin.end();
      setTimeout(() => killGroup(child.pid), 300).unref();
    },
  };
};

const readiness = (child: ChildProcessWithoutNullStreams, pending: Map<number, Pending>) =>
  new Promise<void>((resolve, reject) => {
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors = (errors + String(chunk)).slice(-4000);
    });
    child.stdin.on('error', () => undefined); // its exit is told below
    child.on('error', (error) => reject(new AppError('tool.failed', `Python did not start: ${error.message}`)));
    child.on('exit', (code) => {
      const ended = new AppError('tool.failed', `The preloaded Python ended with code ${code}:\n${errors}`);
      reject(ended);
      for (const [id, run] of pending) run.ended({ id, exit: 137, seconds: 0, peak_memory_mb: 0 });
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as Message;
      if (message.ready) resolve();
      else if (message.pid === undefined) pending.get(message.id)?.ended(message);
      else pending.get(message.id)?.begun(message.pid);
    });
  });

const request = async (call: {
  id: number;
  child: ChildProcessWithoutNullStreams;
  pending: Map<number, Pending>;
  scratch: string;
  script: readonly string[];
  options: RunOptions & { cwd: string };
}): Promise<RunResult> => {
  const started = performance.now();
  const [stdout, stderr] = ['out', 'err'].map((name) => path.join(call.scratch, `${call.id}.${name}`)) as [
    string,
    string,
  ];
  let ended: RunResult['ended'] = 'exit';
  let memory: ReturnType<typeof watchMemory> | undefined;
  const kill = (why: RunResult['ended']) => {
    ended = why;
    call.child.stdin.write(`${JSON.stringify({ id: call.id, kill: true })}\n`);
  };
  const timer = setTimeout(() => kill('time limit'), call.options.limitSeconds * 1000);
  const onAbort = () => kill('cancelled');
  call.options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const reply = await new Promise<Reply>((resolve) => {
      const limitMb = call.options.limitMemoryMb ?? Number.POSITIVE_INFINITY;
      call.pending.set(call.id, {
        // Each run is a process group of its own.
        begun: (pid) => {
          memory = watchMemory(pid, limitMb, () => kill('memory limit'));
        },
        ended: resolve,
      });
      const message = {
        id: call.id,
        argv: call.script,
        cwd: call.options.cwd,
        env: call.options.env ?? {},
        stdout,
        stderr,
      };
      call.child.stdin.write(`${JSON.stringify(message)}\n`);
    });
    return {
      argv: ['python', ...call.script],
      exitCode: reply.exit < 0 ? 128 - reply.exit : reply.exit,
      stdout: readOutput(stdout),
      stderr: readOutput(stderr),
      seconds: (performance.now() - started) / 1000,
      ended,
      peakMemoryMb: reply.peak_memory_mb,
    };
  } finally {
    clearTimeout(timer);
    memory?.stop();
    call.options.signal?.removeEventListener('abort', onAbort);
    call.pending.delete(call.id);
    for (const file of [stdout, stderr]) rmSync(file, { force: true });
  }
};

const readOutput = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the run ended before it opened its output
  }
};
