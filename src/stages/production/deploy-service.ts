import { existsSync } from 'node:fs';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { type ServiceSpec, serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { holdFreePort } from '../../deploy/ports.ts';
import {
  runningService,
  type ServiceState,
  startContainer,
  startProcess,
  stopService,
  waitUntilReady,
} from '../../deploy/service-control.ts';
import { readSpec } from '../../rollout/release/open-service.ts';
import type { StageContext } from '../context.ts';
import { readExport } from '../project/training-products.ts';
import { standOf } from '../stand.ts';
import { imageTag } from './image.ts';
import { serviceSpec, specFile } from './service-spec.ts';

/** Starts the current model as a service, in place of whatever runs for this project. Seconds until it was ready. */
export const startCurrentService = async (context: StageContext): Promise<{ state: ServiceState; seconds: number }> => {
  const { root, world } = context;
  const spec = currentSpec(context);
  await stopService(root, world.run, 3);
  const { port, release } = await holdFreePort(spec.port);
  try {
    const started = performance.now();
    const state =
      standOf(context) === 'docker'
        ? await startContainer(root, world, {
            spec,
            image: imageTag(context),
            name: `${spec.name}-${port}`,
            hostPort: port,
          })
        : await startProcess({
            root,
            spec,
            port,
            environment: context.config.childEnvironment,
            watchdog: world.watchdog,
          });
    await waitUntilReady(root, world.run, state, spec.probes.limit_seconds, context.signal);
    return { state, seconds: (performance.now() - started) / 1000 };
  } finally {
    release();
  }
};

/** As `deploy/service.yaml` has it; before stage 3.3 has written that for this model, as it would. */
const currentSpec = (context: StageContext): ServiceSpec => {
  const file = context.at(specFile);
  const written = existsSync(file) ? readSpec(file) : null;
  if (written?.version === readExport(context.root).version) return written;
  return serviceSpecSchema.parse(serviceSpec(context, context.read(requirementsDocument)));
};

/** The running service, started where a later stage needs it and nothing runs. */
export const ensureService = async (context: StageContext): Promise<ServiceState> =>
  (await runningService(context.root, context.world.run)) ?? (await startCurrentService(context)).state;
