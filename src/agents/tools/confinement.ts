import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Argv, Run } from '../../world/processes.ts';

/** What the platform can keep a program from: everything outside of the project and the network, the network, nothing. */
export type Confinement = 'files and network' | 'network' | 'none';

const limitSeconds = 10;
const bubblewrap = [
  'bwrap',
  '--ro-bind',
  '/',
  '/',
  '--dev',
  '/dev',
  '--proc',
  '/proc',
  '--die-with-parent',
  '--unshare-net',
  '--unshare-pid',
  '--tmpfs',
  '/tmp',
] as const;

/** Found by use: a program that is installed may still not be allowed to. */
export const findConfinement = async (run: Run): Promise<Confinement> => {
  const works = async (argv: Argv) => (await run(argv, { limitSeconds })).exitCode === 0;
  if (await works([...bubblewrap, 'true'])) return 'files and network';
  return (await works(['unshare', '--net', '--map-root-user', 'true'])) ? 'network' : 'none';
};

/**
 * The same program, kept to the project as far as the platform allows. `needs` are folders outside of it that it reads,
 * `hidden` files and folders that it must not see.
 */
export const confined = (
  argv: Argv,
  place: { confinement: Confinement; root: string; home: string; needs: string[]; hidden?: string[] },
): Argv => {
  const { confinement, root, home, needs, hidden = [] } = place;
  if (confinement === 'none') return argv;
  if (confinement === 'network') return ['unshare', '--net', '--map-root-user', ...argv];
  const covered = [
    ...['.ssh', '.aws', '.config', '.docker', '.gnupg', '.kube'].map((name) => path.join(home, name)),
    ...['.specwright', 'data/holdout'].map((name) => path.join(root, name)),
  ].filter((folder) => existsSync(folder));
  return [
    ...bubblewrap,
    ...hidden.flatMap((one) => (statSync(one).isDirectory() ? ['--tmpfs', one] : ['--ro-bind', '/dev/null', one])),
    ...needs.flatMap((folder) => ['--ro-bind', folder, folder]),
    '--bind',
    root,
    root,
    ...covered.flatMap((folder) => ['--tmpfs', folder]),
    '--chdir',
    root,
    ...argv,
  ];
};

const named = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|COOKIE|SESSION|DATABASE_URL/i;

/** The surroundings without whatever sounds like a secret, as empty values: a child cannot tell them from missing ones. */
export const withoutSecrets = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.keys(environment)
      .filter((name) => named.test(name))
      .map((name) => [name, '']),
  );
