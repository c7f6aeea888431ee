import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { letStay, runningService, type ServiceState, serviceOutput, stopService } from '../deploy/service-control.ts';
import { AppError } from '../errors.ts';
import { startCurrentService } from '../stages/production/deploy-service.ts';
import type { World } from '../world/world.ts';
import { openProject } from './project.ts';
import { withProject } from './session.ts';

const drainSeconds = 3;

/** Brings the trained model up as a service that outlives the command; leaves one that runs alone. */
export const bringUp = async (
  config: Config,
  world: World,
  given: string,
  signal: AbortSignal,
): Promise<{ state: ServiceState; seconds: number | null }> => {
  const { root } = openProject(given);
  const running = await runningService(root, world.run);
  if (running) return { state: running, seconds: null };
  if (!existsSync(path.join(root, 'models/current/model.json'))) throw noModel(given);
  return withProject({ config, world, signal }, root, async (context) => {
    const started = await startCurrentService(context);
    await letStay(root, world);
    context.record('service.started', {
      url: started.state.url,
      version: started.state.version,
      seconds: started.seconds,
    });
    return started;
  });
};

export const noModel = (given: string): AppError =>
  new AppError('input.invalid', `${given} has no trained model yet`, {
    hint: 'Run `specwright resume`: stage 2.4 trains it.',
  });

/** False where nothing ran. */
export const takeDown = (world: World, given: string): Promise<boolean> =>
  stopService(openProject(given).root, world.run, drainSeconds);

/** What a run has left up stays after the command. */
export const keepUp = (world: World, given: string): Promise<void> => letStay(openProject(given).root, world);

export const serviceOf = (world: World, given: string): Promise<ServiceState | null> =>
  runningService(openProject(given).root, world.run);

export const readLog = async (world: World, given: string, lines: number): Promise<string> => {
  const { root } = openProject(given);
  return serviceOutput(root, world.run, await runningService(root, world.run), lines);
};
