import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Settings from the surroundings. This is the only file that reads the environment. */
export type Config = {
  /** Folder for cached Python environments; may be deleted at any time. */
  cacheFolder: string;
  /** The Python to build environments with; undefined: searched on PATH. */
  python: string | undefined;
  /** Where `npm start` makes its project. */
  projectsFolder: string;
  /** Folder of the installed program: templates/, rules/ and python/ lie in it. */
  packageFolder: string;
  /** Environment given to child processes. */
  childEnvironment: Record<string, string>;
};

export const loadConfig = (environment: NodeJS.ProcessEnv = process.env): Config => ({
  cacheFolder:
    environment.SPECWRIGHT_CACHE ??
    path.join(environment.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'specwright'),
  python: environment.SPECWRIGHT_PYTHON,
  projectsFolder: environment.SPECWRIGHT_HOME ?? path.join(homedir(), 'specwright-projects'),
  packageFolder: path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'),
  childEnvironment: childEnvironment(environment),
});

/**
 * What a child inherits: everything but what changes how Python behaves.
 * PYTHONDONTWRITEBYTECODE of the surroundings costs each process 4 s for `import torch`; PYTHONPATH would let foreign
 * modules into the project's environment.
 */
const withheld = new Set(['PYTHONDONTWRITEBYTECODE', 'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', 'PYTHONSTARTUP']);

const childEnvironment = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !withheld.has(entry[0]),
    ),
  );
