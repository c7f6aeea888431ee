import type { Thread } from '../artifacts/documents/running-report.ts';
import { AppError } from '../errors.ts';
import { readThreads } from '../stages/production/threads.ts';
import { openProject } from './project.ts';
import { readProposals } from './watching/proposals.ts';

/** The thread of a requirement from the brief's words to the alert rule, as the project's files show it now. */
export const traceOf = (given: string, id: string): Thread => {
  const { root } = openProject(given);
  const threads = readThreads(root);
  const thread = threads.find((one) => one.id === id);
  if (thread) return { ...thread, links: [...thread.links, ...proposalsFor(root, id)] };
  throw new AppError('input.invalid', `There is no requirement ${id}`, {
    hint: `Requirements: ${threads.map((one) => one.id).join(' ')}`,
  });
};

/** What drift proposes for the requirement; a thread without a proposal is complete. */
const proposalsFor = (root: string, id: string): Thread['links'] =>
  readProposals(root)
    .filter(({ proposal }) => proposal.requirements.includes(id))
    .map(({ file, proposal }) => ({
      name: 'proposal',
      stage: '3.4',
      found: true,
      detail: `${proposal.id} (${proposal.status}): ${proposal.verdict}, ${file}`,
    }));
