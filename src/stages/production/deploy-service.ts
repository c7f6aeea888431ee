import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { freePort } from '../../deploy/ports.ts';
import {
  runningService,
  type ServiceState,
  startContainer,
  startProcess,
  stopService,
  waitUntilReady,
} from '../../deploy/service-control.ts';
import type { StageContext } from '../context.ts';
import { decidedDevice, projectEnvironment } from '../device.ts';
import { packageName } from '../framework/build.ts';
import { readExport } from '../project/training-products.ts';
import { familyOf } from '../templates.ts';
import { imageTag } from './image.ts';

/** Starts the current model as a service, in place of whatever runs for this project. Seconds until it was ready. */
export const startCurrentService = async (context: StageContext): Promise<{ state: ServiceState; seconds: number }> => {
  const { DOCKER_CONFIG } = context.rules;
  await stopService(context.root, context.world.run, 3);
  const port = await freePort(DOCKER_CONFIG.port);
  const { version } = readExport(context.root);
  const requirements = context.read(requirementsDocument);
  const { keeps } = familyOf(context.config, requirements.task!);
  const latencyEdgesMs = requirements.items
    .filter(({ subject }) => subject.startsWith('latency'))
    .map(({ value }) => Number(value));
  const started = performance.now();
  const state =
    context.settings.target === 'docker'
      ? await startContainer(
          context.root,
          context.world,
          {
            image: imageTag(context),
            name: `${requirements.project}-${port}`,
            hostPort: port,
            containerPort: DOCKER_CONFIG.port,
            slot: 'main',
            latencyEdgesMs,
            logs: DOCKER_CONFIG.log,
            stopSeconds: DOCKER_CONFIG.drain_seconds,
            gpu: decidedDevice(context) === 'gpu',
            keeps: keeps ? { volume: `${requirements.project}-kept`, folder: keeps.folder } : null,
          },
          version,
        )
      : await startProcess({
          root: context.root,
          python: projectEnvironment(context).python,
          package: packageName(requirements),
          port,
          version,
          drainSeconds: 3,
          latencyEdgesMs,
          environment: context.config.childEnvironment,
          watchdog: context.world.watchdog,
        });
  await waitUntilReady(context.root, context.world.run, state, DOCKER_CONFIG.ready_limit_seconds, context.signal);
  return { state, seconds: (performance.now() - started) / 1000 };
};

/** The running service, started where a later stage needs it and nothing runs. */
export const ensureService = async (context: StageContext): Promise<ServiceState> =>
  (await runningService(context.root, context.world.run)) ?? (await startCurrentService(context)).state;
