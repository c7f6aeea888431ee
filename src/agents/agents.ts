import path from 'node:path';
import { AppError, messageOf } from '../errors.ts';
import { WaitingError } from '../pipeline/questions.ts';
import type { ModelRole } from '../pipeline/stage.ts';
import { runCommandAgent } from './command-agent.ts';
import type { AgentOptions, Agents, AgentTask, Workplace } from './desk.ts';
import { createMeter } from './model/budget.ts';
import { type AgentChoice, choiceFor, describeChoice } from './model/choice.ts';
import { endpointOf } from './model/keys.ts';
import { languageModel } from './model/language-model.ts';
import { createRecorder, type Recorder, type Slot } from './model/record.ts';
import { runModelAgent } from './model-agent.ts';
import { fillRole, loadRole } from './role.ts';
import { recordCall, type ToolGround, toolbox } from './tools/toolbox.ts';
import { type WorkingTime, workingTime } from './working-time.ts';

export const createAgents = (options: AgentOptions): Agents => {
  checkChoices(options);
  const whole = createMeter({ ...options.rules.run, ...options.budget });
  const stages = new Map<string, ReturnType<typeof createMeter>>();
  const recorder = createRecorder(path.join(options.root, '.specwright', 'model-calls'));
  const tasks = new Map<string, number>();
  const taskOf = (stage: string, role: ModelRole): Omit<Slot, 'call'> => {
    const task = tasks.get(`${stage} ${role}`) ?? 0;
    tasks.set(`${stage} ${role}`, task + 1);
    return { stage, role, task };
  };
  const meterOf = (stage: string) => {
    const meter = stages.get(stage) ?? createMeter(options.rules.stage);
    stages.set(stage, meter);
    return meter;
  };
  return {
    works: (role) => choiceFor(options.choices, role).kind !== 'embedded',
    work: async (task, place) => {
      const choice = choiceFor(options.choices, task.role);
      if (choice.kind === 'embedded') return null;
      const meter = meterOf(place.stage);
      const told = { role: task.role, agent: describeChoice(choice) };
      place.record('agent.started', told);
      try {
        const answer = await whole.working(() =>
          meter.working(() =>
            begin(choice, task, place, {
              options,
              records: { recorder, task: taskOf(place.stage, task.role) },
              meters: [whole, meter],
            }),
          ),
        );
        place.record('agent.finished', { ...told, spent: meter.spent() });
        warn(place, Math.max(whole.share(), meter.share()), options.rules.warn_at);
        return answer;
      } catch (error) {
        place.signal.throwIfAborted();
        if (error instanceof WaitingError) {
          if (!options.replay) await recorder.wait(place.stage);
          place.record('agent.waiting', {
            ...told,
            questions: error.questions.map(({ id }) => id),
            spent: meter.spent(),
          });
          throw error;
        }
        place.record('agent.failed', { ...told, why: messageOf(error).slice(0, 1000), spent: meter.spent() });
        place.progress(`${task.role} (${told.agent}): ${messageOf(error).split('\n')[0]!.slice(0, 200)}`);
        return null;
      }
    },
  };
};

/** Before anything runs: a provider without key or address, and money where no price is known. */
const checkChoices = ({ choices, access, replay, budget, prices }: AgentOptions): void => {
  for (const choice of [choices.all, ...Object.values(choices.roles)]) {
    if (choice?.kind !== 'model') continue;
    if (!replay) endpointOf(choice.provider, access);
    if (budget.usd !== undefined && !Object.keys(prices).some((name) => choice.model.startsWith(name))) {
      throw new AppError('usage', `A budget in money needs the price of ${choice.model}, and none is known`, {
        hint: `Write it under prices in your CLAUDE.md (US dollars a million tokens): prices: { ${choice.model}: { input: 3, output: 15, cached: 0.3 } }`,
      });
    }
  }
};

const begin = async <Output>(
  choice: Exclude<AgentChoice, { kind: 'embedded' }>,
  task: AgentTask<Output>,
  place: Workplace,
  desk: {
    options: AgentOptions;
    records: { recorder: Recorder; task: Omit<Slot, 'call'> };
    meters: ReturnType<typeof createMeter>[];
  },
): Promise<Output> => {
  const { options } = desk;
  const role = loadRole(task.role, options);
  const prompt = fillRole(role, task.inputs);
  if (choice.kind === 'command') {
    if (options.replay)
      throw new AppError('usage', 'a replay starts no coding agent, and what one did is not recorded');
    return runCommandAgent({
      argv: choice.argv,
      role,
      prompt,
      schema: task.schema,
      workspace: task.ground.workspace,
      folder: path.join(place.scratch, `agent-${task.role}`),
      run: options.run,
      environment: options.access.variables,
      limitSeconds: role.limits.minutes * 60,
      signal: place.signal,
      record: place.record,
    });
  }
  const model = languageModel({
    ...choice,
    access: options.access,
    rules: options.rules,
    prices: options.prices,
    meters: desk.meters,
    records: desk.records,
    replay: options.replay,
    record: place.record,
  });
  const time = workingTime(role.limits.minutes * 60_000);
  const person = askable(task.ground.ask, desk.meters, time);
  try {
    return await runModelAgent({
      role,
      prompt,
      tools: toolbox(role.tools, { ...task.ground, ask: person.ask, record: place.record }),
      schema: task.schema,
      model,
      outputTokens: options.rules.output_tokens,
      signal: AbortSignal.any([place.signal, time.signal, person.signal]),
      refused: ({ tool, given, why }) => recordCall(place, tool, { given, seconds: 0, refused: why }),
    });
  } catch (error) {
    throw person.waiting() ?? error;
  } finally {
    time.end();
  }
};

/**
 * Asking a person costs the agent no time, and where nobody answers now ends its task: the libraries would hand the
 * error to the model as a tool's result. What the task has done so far is taken from the records when it goes on.
 */
const askable = (
  ask: ToolGround['ask'],
  meters: ReturnType<typeof createMeter>[],
  time: WorkingTime,
): { ask: ToolGround['ask']; signal: AbortSignal; waiting(): WaitingError | null } => {
  const controller = new AbortController();
  let waiting: WaitingError | null = null;
  const resting = meters.reduce<<T>(work: () => Promise<T>) => Promise<T>>(
    (inner, meter) => (work) => meter.resting(() => inner(work)),
    time.resting,
  );
  return {
    signal: controller.signal,
    waiting: () => waiting,
    ask: async (question) => {
      try {
        return await resting(() => ask(question));
      } catch (error) {
        if (error instanceof WaitingError) {
          waiting = error;
          controller.abort(error);
        }
        throw error;
      }
    },
  };
};

const warn = (place: Workplace, share: number, limit: number): void => {
  if (share < limit) return;
  place.record('agent.warning', { share: Number(share.toFixed(3)) });
  place.progress(`${Math.round(share * 100)} % of the agents' budget is used`);
};
