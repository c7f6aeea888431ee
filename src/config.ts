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
  /** Keys and addresses of models that the surroundings name, and the file where they may lie instead. */
  models: { variables: Record<string, string>; keyFile: string };
  /** Signs the tokens that `specwright serve` asks for; null: it asks for none. */
  jwtSecret: string | null;
  /** Environment given to child processes. */
  childEnvironment: Record<string, string>;
};

/** Settings of CEOAgent as the surroundings give them; `src/ceoagent/settings.ts` checks them. */
export const ceoagentVariables = (
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> => ({
  ...environment,
});

export const loadConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  // Empty counts as not set; the providers' libraries read these when they are loaded, and stop at an empty address.
  for (const name of modelVariables) if (environment[name] === '') delete environment[name];
  return {
    cacheFolder:
      environment.SPECWRIGHT_CACHE ??
      path.join(environment.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'specwright'),
    python: environment.SPECWRIGHT_PYTHON,
    projectsFolder: environment.SPECWRIGHT_HOME ?? path.join(homedir(), 'specwright-projects'),
    packageFolder: path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'),
    models: {
      variables: Object.fromEntries(
        modelVariables.flatMap((name): [string, string][] => (environment[name] ? [[name, environment[name]]] : [])),
      ),
      keyFile:
        environment.SPECWRIGHT_KEYS ??
        path.join(environment.XDG_CONFIG_HOME ?? path.join(homedir(), '.config'), 'specwright', 'keys'),
    },
    jwtSecret: environment.SPECWRIGHT_JWT_SECRET || null,
    childEnvironment: childEnvironment(environment),
  };
};

const makers = ['ANTHROPIC', 'OPENAI', 'DEEPSEEK', 'DASHSCOPE', 'OLLAMA', 'VLLM'];
const modelKeys = [...makers.map((name) => `${name}_API_KEY`), 'SPECWRIGHT_MODEL_KEY'];
/** Variables that hold a model's key or address. */
export const modelVariables = [...modelKeys, ...makers.map((name) => `${name}_BASE_URL`), 'SPECWRIGHT_MODEL_URL'];

/**
 * What a child inherits: everything but the keys of models, and what changes how Python behaves.
 * PYTHONDONTWRITEBYTECODE of the surroundings costs each process 4 s for `import torch`; PYTHONPATH would let foreign
 * modules into the project's environment.
 */
const withheld = new Set([
  'PYTHONDONTWRITEBYTECODE',
  'PYTHONPATH',
  'PYTHONHOME',
  'VIRTUAL_ENV',
  'PYTHONSTARTUP',
  'SPECWRIGHT_JWT_SECRET',
  ...modelKeys,
]);

const childEnvironment = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !withheld.has(entry[0]),
    ),
  );
