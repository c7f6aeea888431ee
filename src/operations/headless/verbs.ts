import { z } from 'zod';
import { targets } from '../../pipeline/context.ts';
import { order } from '../../stages/order.ts';
import { answerQuestions } from '../answer.ts';
import { predict } from '../predict.ts';
import { openProject } from '../project.ts';
import { bringUp, readLog, takeDown } from '../service.ts';
import { traceOf } from '../trace.ts';
import { verifyProject } from '../verify.ts';
import { artifactIn, artifactsIn, makeIn, projectNames, rootOf, runIn, statusIn, type Workshop } from './workshop.ts';

/** What a verb may use beside its input. */
export type VerbContext = {
  workshop: Workshop;
  signal: AbortSignal;
  onProgress?: ((stage: string, text: string) => void) | undefined;
};

/** An operation as the doors without a terminal offer it: MCP as a tool, HTTP as a path. */
export type Verb = {
  name: string;
  description: string;
  input: z.ZodObject;
  /** Who may ask for it over HTTP: to look, to work, or to decide what runs for others. */
  role: 'viewer' | 'operator';
  run(input: unknown, context: VerbContext): Promise<unknown>;
};

const verb = <Input extends z.ZodObject>(given: {
  name: string;
  description: string;
  input: Input;
  role: Verb['role'];
  run(input: z.infer<Input>, context: VerbContext): Promise<unknown>;
}): Verb => ({ ...given, run: (input, context) => given.run(given.input.parse(input), context) });

const project = z.string().min(1).max(80).describe('name of the project');
const yes = z.boolean().default(false).describe('take the recommended answer to every question instead of waiting');
const stageIds = order.map(({ id }) => id) as [string, ...string[]];
const until = z.enum(stageIds).optional().describe('stop after this stage');

export const newProject = z.strictObject({
  brief: z.string().min(1).max(20_000).describe('what should be predicted and what must hold, Chinese or English'),
  name: project.optional(),
  data: z.string().max(1000).optional().describe('table (CSV, JSON, Parquet, Excel) or folder of images'),
  language: z.enum(['zh', 'en']).optional(),
  target: z
    .enum(targets)
    .optional()
    .describe('where the service is meant to run; kubernetes: objects are written, none is applied'),
  framework: z.enum(['torch', 'paddle', 'both']).optional(),
  budget_minutes: z.number().positive().max(10_000).optional(),
});

export const verbs: readonly Verb[] = [
  verb({
    name: 'list_projects',
    description: 'The projects that there are.',
    input: z.strictObject({}),
    role: 'viewer',
    run: async (_, { workshop }) => ({ projects: projectNames(workshop) }),
  }),
  verb({
    name: 'create_project',
    description:
      'Makes a project from a brief and runs it through the stages. Ends with a verdict: passed, refused with reasons, or waiting for answers.',
    input: newProject.extend({ yes, until }),
    role: 'operator',
    run: async ({ yes: take, until: last, ...given }, { workshop, signal, onProgress }) =>
      runIn(workshop, await makeIn(workshop, given), { yes: take, until: last, signal, onProgress }),
  }),
  verb({
    name: 'resume',
    description: 'Goes on where a project stands. What is up to date is not run again.',
    input: z.strictObject({ project, yes, until }),
    role: 'operator',
    run: ({ project: name, yes: take, until: last }, { workshop, signal, onProgress }) =>
      runIn(workshop, name, { yes: take, until: last, signal, onProgress }),
  }),
  verb({
    name: 'status',
    description:
      'Where a project stands: stages, reasons of refusals, requirements with figures, open questions, service, cost of models.',
    input: z.strictObject({ project }),
    role: 'viewer',
    run: ({ project: name }, { workshop }) => statusIn(workshop, name),
  }),
  verb({
    name: 'answer',
    description: 'Answers open questions by their id; then resume the project.',
    input: z.strictObject({ project, answers: z.record(z.string(), z.string()) }),
    role: 'operator',
    run: async ({ project: name, answers }, { workshop }) => ({
      open: answerQuestions(
        workshop.world,
        rootOf(workshop, name),
        Object.entries(answers).map(([id, value]) => ({ id, value })),
      ),
    }),
  }),
  verb({
    name: 'trace',
    description: 'The thread of a requirement, from the words of the brief to the alert rule.',
    input: z.strictObject({ project, requirement: z.string().regex(/^REQ-\d{3,}$/) }),
    role: 'viewer',
    run: async ({ project: name, requirement }, { workshop }) => traceOf(rootOf(workshop, name), requirement),
  }),
  verb({
    name: 'verify',
    description: "Recomputes the journal's chain, every gate, every recorded file and the model's predictions.",
    input: z.strictObject({ project }),
    role: 'viewer',
    run: async ({ project: name }, { workshop }) => {
      const { checks } = await verifyProject(workshop.world, rootOf(workshop, name));
      return { holds: checks.every(({ ok }) => ok), checks };
    },
  }),
  verb({
    name: 'predict',
    description: 'Predicts with the trained model: through the running service, else by the project itself.',
    input: z.strictObject({ project, inputs: z.array(z.record(z.string(), z.json())).min(1).max(1000) }),
    role: 'viewer',
    run: ({ project: name, inputs }, { workshop }) =>
      predict(workshop.world, rootOf(workshop, name), { json: JSON.stringify(inputs) }),
  }),
  verb({
    name: 'list_artifacts',
    description: 'The documents that the stages made.',
    input: z.strictObject({ project }),
    role: 'viewer',
    run: async ({ project: name }, { workshop }) => ({ artifacts: artifactsIn(workshop, name) }),
  }),
  verb({
    name: 'read_artifact',
    description: 'One of the documents.',
    input: z.strictObject({ project, file: z.string().max(300) }),
    role: 'viewer',
    run: async ({ project: name, file }, { workshop }) => ({ file, text: artifactIn(workshop, name, file) }),
  }),
  verb({
    name: 'up',
    description: 'Starts the trained model as a service that stays.',
    input: z.strictObject({ project }),
    role: 'operator',
    run: async ({ project: name }, { workshop, signal }) =>
      bringUp(workshop.config, workshop.world, rootOf(workshop, name), signal),
  }),
  verb({
    name: 'down',
    description: 'Stops the service.',
    input: z.strictObject({ project }),
    role: 'operator',
    run: async ({ project: name }, { workshop }) => ({
      stopped: await takeDown(workshop.world, rootOf(workshop, name)),
    }),
  }),
  verb({
    name: 'logs',
    description: 'The last lines of the service.',
    input: z.strictObject({ project, lines: z.int().min(1).max(2000).default(50) }),
    role: 'viewer',
    run: async ({ project: name, lines }, { workshop }) => ({
      log: await readLog(workshop.world, openProject(rootOf(workshop, name)).root, lines),
    }),
  }),
];
