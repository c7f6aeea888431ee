import path from 'node:path';
import { AppError, messageOf } from '../errors.ts';
import { runCommandAgent } from './command-agent.ts';
import type { AgentOptions, Agents, AgentTask, Workplace } from './desk.ts';
import { createMeter } from './model/budget.ts';
import { type AgentChoice, choiceFor, describeChoice } from './model/choice.ts';
import { endpointOf } from './model/keys.ts';
import { languageModel } from './model/language-model.ts';
import { createRecorder } from './model/record.ts';
import { runModelAgent } from './model-agent.ts';
import { fillRole, loadRole } from './role.ts';
import { toolbox } from './tools/toolbox.ts';

export const createAgents = (options: AgentOptions): Agents => {
  checkChoices(options);
  const whole = createMeter({ ...options.rules.run, ...options.budget });
  const stages = new Map<string, ReturnType<typeof createMeter>>();
  const recorder = createRecorder(path.join(options.root, '.specwright', 'model-calls'));
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
          meter.working(() => begin(choice, task, place, { options, recorder, meters: [whole, meter] })),
        );
        place.record('agent.finished', { ...told, spent: meter.spent() });
        warn(place, Math.max(whole.share(), meter.share()), options.rules.warn_at);
        return answer;
      } catch (error) {
        place.signal.throwIfAborted();
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
    recorder: ReturnType<typeof createRecorder>;
    meters: ReturnType<typeof createMeter>[];
  },
): Promise<Output> => {
  const { options } = desk;
  const role = loadRole(task.role, options);
  const prompt = fillRole(role, task.inputs);
  if (choice.kind === 'command') {
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
    recorder: desk.recorder,
    replay: options.replay,
    record: place.record,
  });
  const tools = toolbox(role.tools, { ...task.ground, record: place.record });
  return runModelAgent({
    role,
    prompt,
    tools,
    schema: task.schema,
    model,
    outputTokens: options.rules.output_tokens,
    signal: place.signal,
  });
};

const warn = (place: Workplace, share: number, limit: number): void => {
  if (share < limit) return;
  place.record('agent.warning', { share: Number(share.toFixed(3)) });
  place.progress(`${Math.round(share * 100)} % of the agents' budget is used`);
};
