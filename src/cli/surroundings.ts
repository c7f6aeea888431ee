import { type Config, loadConfig } from '../config.ts';
import { realWorld, type World } from '../world/world.ts';

/** The settings and the machine, made once at the door and passed in everywhere below. */
export const surroundings = (): { config: Config; world: World } => {
  const config = loadConfig();
  return { config, world: realWorld(config) };
};
