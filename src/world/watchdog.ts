import { type ChildProcess, spawn } from 'node:child_process';

/** What must not outlive the program: process groups by their id, containers by their name. */
export type Watchdog = { watch(what: number | string): void; release(what: number | string): void };

/**
 * Ends what the program has left running when it was killed outright (kill -9, out of memory): a shell in a session of
 * its own reads ids from a pipe, which the system closes with the program. It starts with the first id, and without a
 * shell nothing is watched.
 */
export const createWatchdog = (environment: Record<string, string>): Watchdog => {
  let shell: ChildProcess | undefined;
  const tell = (line: string) => {
    shell ??= startShell(environment);
    shell.stdin?.write(`${line}\n`);
  };
  return { watch: (what) => tell(`watch ${what}`), release: (what) => tell(`release ${what}`) };
};

const script = `
trap '' HUP INT TERM
live=' '
while read -r verb what; do
  case $verb in
    watch) live="$live$what " ;;
    release) case $live in *" $what "*) live="\${live%% $what *} \${live#* $what }" ;; esac ;;
  esac
done
for what in $live; do
  case $what in
    *[!0-9]*) docker rm --force "$what" ;;
    *) kill -9 "-$what" ;;
  esac
done`;

const startShell = (environment: Record<string, string>): ChildProcess => {
  const shell = spawn('/bin/sh', ['-c', script], {
    cwd: '/', // it must not hold the folder that it was started in
    env: environment,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return shell;
};
