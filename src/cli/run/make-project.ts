import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { createProject } from '../../operations/create.ts';
import { order } from '../../stages/order.ts';
import type { World } from '../../world/world.ts';
import { readAnswers } from './answerer.ts';
import type { SharedFlags } from './run-flags.ts';

/** Creates the project that the flags describe, after everything that they name was checked; returns its folder. */
export const makeProject = async (
  { config, world }: { config: Config; world: World },
  brief: string,
  flags: SharedFlags & { out?: string },
): Promise<string> => {
  readAnswers(flags.answers);
  if (flags.until !== undefined && !order.some(({ id }) => id === flags.until)) {
    throw new AppError('usage', `There is no stage ${flags.until}`, {
      hint: `Stages: ${order.map(({ id }) => id).join(' ')}`,
    });
  }
  const scratch = await mkdtemp(path.join(tmpdir(), 'specwright-create-'));
  try {
    const { root } = await createProject(
      config,
      {
        brief,
        data: flags.data,
        out: flags.out,
        language: flags.lang,
        target: flags.target,
        device: flags.device,
        budgetMinutes: flags.budget,
        framework: flags.framework,
        agents: flags.agent,
        agentBudget: flags.agentBudget,
      },
      { cwd: process.cwd(), scratch, now: world.now },
    );
    return root;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
