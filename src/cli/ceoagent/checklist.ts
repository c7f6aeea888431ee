import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { analysisSchema } from '../../ceoagent/analysis.ts';
import { createPrompts } from '../../ceoagent/prompts.ts';
import { readCeoagentSettings } from '../../ceoagent/settings.ts';
import { messageOf } from '../../errors.ts';
import type { Argv, Run } from '../../world/processes.ts';
import { createConsole } from '../show/console.ts';

/** Null: not looked at, and `shown` says why. */
type Item = { group: string; what: string; proved: boolean | null; shown: string };
type Look = {
  run: Run;
  packageFolder: string;
  variables: Record<string, string | undefined>;
  url: string | undefined;
  image: string;
  tests: boolean;
};

const answerSeconds = 30;
const largestImageMb = 500;

/** The checklist of the deployment document, each line proved by what it names; the exit code is 3 where one fails. */
export const printChecklist = async (look: Look, json: boolean): Promise<number> => {
  const items = [
    ...(await surroundings(look)),
    ...configuration(look),
    ...(await build(look)),
    ...(await service(look)),
  ];
  const console = createConsole({ json });
  let group = '';
  for (const item of items) {
    if (item.group !== group) console.print(item.group);
    group = item.group;
    console.print(`  ${item.proved === null ? '[ ]' : item.proved ? '[x]' : '[!]'} ${item.what}  (${item.shown})`);
  }
  const count = (state: boolean | null) => items.filter(({ proved }) => proved === state).length;
  console.print(`${count(true)} proved, ${count(false)} failed, ${count(null)} not looked at`);
  if (json) console.json({ items });
  return count(false) > 0 ? 3 : 0;
};

const said = async (run: Run, argv: Argv): Promise<{ ok: boolean; text: string }> => {
  const { exitCode, stdout, stderr } = await run(argv, { limitSeconds: 20 });
  return { ok: exitCode === 0, text: `${stdout}${stderr}`.trim().split('\n')[0]!.slice(0, 120) };
};

const surroundings = async ({ run, variables }: Look): Promise<Item[]> => {
  const group = '3.1 surroundings';
  const [docker, v2, v1] = await Promise.all([
    said(run, ['docker', 'version', '--format', '{{.Server.Version}}']),
    said(run, ['docker', 'compose', 'version', '--short']),
    said(run, ['docker-compose', 'version', '--short']),
  ]);
  const [major = 0, minor = 0] = docker.text.split('.').map(Number);
  return [
    {
      group,
      what: 'Node 24 or newer',
      proved: Number(process.versions.node.split('.')[0]) >= 24,
      shown: `process.versions.node: ${process.versions.node}`,
    },
    {
      group,
      what: 'Docker engine 20.10 or newer, and it answers',
      proved: docker.ok && (major > 20 || (major === 20 && minor >= 10)),
      shown: `docker version: ${docker.text}`,
    },
    {
      group,
      what: 'Docker Compose',
      proved: v2.ok || v1.ok,
      shown: v2.ok ? `docker compose: ${v2.text}` : `docker-compose: ${v1.text}`,
    },
    await provider(variables.ANTHROPIC_API_KEY),
  ];
};

const provider = async (key: string | undefined): Promise<Item> => {
  const item = { group: '3.1 surroundings', what: 'the provider of the model can be reached' };
  if (!key) return { ...item, proved: null, shown: 'no ANTHROPIC_API_KEY: the embedded analysis reaches nobody' };
  try {
    const { status } = await fetch('https://api.anthropic.com/v1/models', {
      signal: AbortSignal.timeout(10_000),
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    });
    return { ...item, proved: status === 200, shown: `GET /v1/models: ${status}` };
  } catch (error) {
    return { ...item, proved: false, shown: messageOf(error) };
  }
};

const configuration = ({ packageFolder, variables }: Look): Item[] => {
  const group = '3.2 configuration';
  const attempt = (what: string, look: () => string): Item => {
    try {
      return { group, what, proved: true, shown: look() };
    } catch (error) {
      return { group, what, proved: false, shown: messageOf(error).split('\n')[0]! };
    }
  };
  return [
    attempt('all settings can be used', () => {
      const { MODEL_NAME, HOST, PORT } = readCeoagentSettings(variables);
      return `MODEL_NAME ${MODEL_NAME}, HOST ${HOST}, PORT ${PORT}`;
    }),
    {
      group,
      what: 'a key of a model',
      proved: variables.ANTHROPIC_API_KEY ? true : null,
      shown: variables.ANTHROPIC_API_KEY ? 'ANTHROPIC_API_KEY is set' : 'none: the embedded analysis is used',
    },
    attempt('the prompts are there and use what they are given', () => {
      const { version } = createPrompts(
        variables.PROMPTS_DIR ?? path.join(packageFolder, 'prompts'),
        variables.PROMPT_VERSION ?? 'v1',
      ).current();
      return `version ${version}`;
    }),
  ];
};

const build = async ({ run, packageFolder, image, tests }: Look): Promise<Item[]> => {
  const group = '3.3 build';
  const checks: [what: string, script: string][] = [
    ['formatting, lint and types', 'check'],
    ['unit tests', 'test:unit'],
  ];
  const skipped = (what: string): Item => ({ group, what, proved: null, shown: 'not asked for: --tests' });
  const ran = await Promise.all(
    tests && existsSync(path.join(packageFolder, 'test'))
      ? checks.map(async ([what, script]): Promise<Item> => {
          const { exitCode } = await run(['npm', 'run', '--silent', script], { cwd: packageFolder, limitSeconds: 600 });
          return { group, what, proved: exitCode === 0, shown: `npm run ${script}: exit code ${exitCode}` };
        })
      : checks.map(async ([what]) => skipped(what)),
  );
  const size = await said(run, ['docker', 'image', 'inspect', '--format', '{{.Size}}', image]);
  const user = await said(run, ['docker', 'image', 'inspect', '--format', '{{.Config.User}}', image]);
  const megabytes = Number(size.text) / 1e6;
  return [
    ...ran,
    {
      group,
      what: `the image ${image} was built`,
      proved: size.ok ? true : null,
      shown: size.ok ? 'docker image inspect' : 'it is not here: npm run bundle:ceoagent, docker build',
    },
    {
      group,
      what: `it is smaller than ${largestImageMb} MB`,
      proved: size.ok ? megabytes < largestImageMb : null,
      shown: size.ok ? `${megabytes.toFixed(0)} MB` : 'no image',
    },
    {
      group,
      what: 'it does not run as root',
      proved: size.ok ? /^[1-9]\d*/.test(user.text) : null,
      shown: size.ok ? `user ${user.text}` : 'no image',
    },
  ];
};

const reply = z.object({ success: z.literal(true), data: z.object({ result: analysisSchema }) });

const service = async ({ url }: Look): Promise<Item[]> => {
  const group = '3.4 the running service';
  const whats = [
    '/health answers 200',
    '/docs can be opened',
    'POST /api/v1/analyze answers',
    'its answer has the form of the contract',
    `it comes in less than ${answerSeconds} s`,
  ] as const;
  if (url === undefined) return whats.map((what) => ({ group, what, proved: null, shown: 'no --url' }));
  const status = async (where: string): Promise<number> => {
    try {
      return (await fetch(new URL(where, url), { signal: AbortSignal.timeout(5000) })).status;
    } catch {
      return 0; // nothing answers: shown as such
    }
  };
  const [health, docs] = await Promise.all([status('/health'), status('/docs/')]);
  const started = performance.now();
  const answer = await fetch(new URL('/api/v1/analyze', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'Should we expand to new markets?' }),
    signal: AbortSignal.timeout(2 * answerSeconds * 1000),
  }).then(
    async (one) => ({ status: one.status, body: (await one.json()) as unknown }),
    () => ({ status: 0, body: null }),
  );
  const seconds = (performance.now() - started) / 1000;
  const shown = [
    `${health}`,
    `${docs}`,
    `${answer.status}`,
    reply.safeParse(answer.body).success ? 'all four sections' : 'another form',
    `${seconds.toFixed(2)} s`,
  ];
  const holds = [
    health === 200,
    docs === 200,
    answer.status === 200,
    reply.safeParse(answer.body).success,
    answer.status === 200 && seconds < answerSeconds,
  ];
  return whats.map((what, index) => ({ group, what, proved: holds[index]!, shown: shown[index]! }));
};
