import { z } from 'zod';
import { newProject, type Verb, verbs } from '../../operations/headless/verbs.ts';
import { makeIn, rootOf, type Workshop } from '../../operations/headless/workshop.ts';
import { openProject } from '../../operations/project.ts';
import type { Allow, Api } from './api.ts';
import { dataOf } from './data.ts';
import type { Runs } from './runs.ts';

const verbOf = (name: string): Verb => verbs.find((verb) => verb.name === name)!;

type Route = { method: 'GET' | 'POST'; url: string; verb: string };
/** Where the operations lie; `:project` and the like, the query and the body together are a verb's input. */
const routes: readonly Route[] = [
  { method: 'GET', url: '/projects', verb: 'list_projects' },
  { method: 'GET', url: '/projects/:project', verb: 'status' },
  { method: 'POST', url: '/projects/:project/answers', verb: 'answer' },
  { method: 'GET', url: '/projects/:project/trace/:requirement', verb: 'trace' },
  { method: 'POST', url: '/projects/:project/verify', verb: 'verify' },
  { method: 'POST', url: '/projects/:project/predict', verb: 'predict' },
  { method: 'GET', url: '/projects/:project/artifacts', verb: 'list_artifacts' },
  { method: 'GET', url: '/projects/:project/artifact', verb: 'read_artifact' },
  { method: 'POST', url: '/projects/:project/up', verb: 'up' },
  { method: 'POST', url: '/projects/:project/down', verb: 'down' },
  { method: 'GET', url: '/projects/:project/logs', verb: 'logs' },
];

export const addProjects = (
  api: Api,
  { workshop, runs, allow }: { workshop: Workshop; runs: Runs; allow: Allow },
): void => {
  for (const { method, url, verb: name } of routes) {
    const verb = verbOf(name);
    api.route({
      method,
      url,
      schema: { summary: verb.description, ...partsOf(verb, { method, url }) },
      preHandler: allow(verb.role),
      handler: async (request) => {
        const { params, query, body } = request as { params: object; query: object; body: object | null };
        return verb.run({ ...params, ...query, ...(body ?? {}) }, { workshop, signal: AbortSignal.timeout(600_000) });
      },
    });
  }
  const choices = z.strictObject({ yes: z.boolean().default(false), until: z.string().optional() });
  api.post(
    '/projects',
    {
      schema: { summary: 'Makes a project and puts its run into the queue', body: newProject.extend(choices.shape) },
      preHandler: allow('operator'),
    },
    async ({ body: { yes, until, data, ...given } }, reply) => {
      const project = await makeIn(workshop, {
        ...given,
        data: data === undefined ? undefined : dataOf(workshop, data),
      });
      return reply.status(202).send(runs.start(project, { yes, until }));
    },
  );
  api.post(
    '/projects/:project/resume',
    {
      schema: {
        summary: 'Puts a run of the project into the queue',
        params: z.object({ project: z.string() }),
        body: choices.nullish(),
      },
      preHandler: allow('operator'),
    },
    async ({ params: { project }, body }, reply) => {
      openProject(rootOf(workshop, project));
      return reply.status(202).send(runs.start(project, { yes: body?.yes ?? false, until: body?.until }));
    },
  );
  api.get('/runs', { schema: { summary: 'Runs of this server' }, preHandler: allow('viewer') }, async () => ({
    runs: runs.list(),
  }));
};

/** The verb's input, split into where its parts come from. */
const partsOf = ({ input }: Verb, { method, url }: Pick<Route, 'method' | 'url'>) => {
  const inPath = [...url.matchAll(/:(\w+)/g)].map((match) => match[1]!);
  const pick = (wanted: boolean) =>
    Object.fromEntries(Object.entries(input.shape).filter(([name]) => inPath.includes(name) === wanted));
  const rest = pick(false);
  const params = z.object(pick(true));
  if (Object.keys(rest).length === 0) return { params };
  // A query is text: numbers among it are read as such.
  const query = Object.fromEntries(
    Object.entries(rest).map(([name, schema]) => [
      name,
      name === 'lines' ? z.coerce.number().int().min(1).max(2000).default(50) : schema,
    ]),
  );
  return method === 'GET' ? { params, querystring: z.object(query) } : { params, body: z.object(rest) };
};
