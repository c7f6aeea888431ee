import type { Stage } from '../pipeline/stage.ts';
import type { StageContext } from './context.ts';
import { buildStage } from './framework/build.ts';
import { requirementsStage } from './framework/requirements.ts';
import { reviewStage } from './framework/review.ts';
import { technologyStage } from './framework/technology.ts';
import { venvStage } from './framework/venv.ts';
import { deployStage } from './production/deploy.ts';
import { imageStage } from './production/image.ts';
import { operateStage } from './production/operate.ts';
import { runtimeStage } from './production/runtime.ts';
import { environmentStage } from './project/environment.ts';
import { fullTrainingStage } from './project/full-training.ts';
import { oneEpochStage } from './project/one-epoch.ts';
import { rulesStage } from './project/rules.ts';

/** The thirteen stages. A stage starts when all earlier producers of what it needs have passed. */
// biome-ignore lint/suspicious/noExplicitAny: each stage has its own kind of evidence, which only its gate reads
export const order: readonly Stage<StageContext, any>[] = [
  requirementsStage,
  technologyStage,
  buildStage,
  reviewStage,
  venvStage,
  rulesStage,
  environmentStage,
  oneEpochStage,
  fullTrainingStage,
  runtimeStage,
  imageStage,
  deployStage,
  operateStage,
];
