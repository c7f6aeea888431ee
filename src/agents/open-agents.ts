import { type AgentOptions, type Agents, embeddedAgents } from './desk.ts';
import { readAgentChoices } from './model/choice.ts';

/** The agents of a run, chosen as on the command line. The libraries of models are only read where a model is chosen. */
export const openAgents = async ({
  given,
  ...options
}: Omit<AgentOptions, 'choices'> & { given: string[] }): Promise<Agents> => {
  const choices = readAgentChoices(given);
  const chosen = [choices.all, ...Object.values(choices.roles)];
  if (chosen.every((choice) => choice?.kind === 'embedded')) return embeddedAgents;
  const { createAgents } = await import('./agents.ts');
  return createAgents({ ...options, choices });
};
