import type { DeployReport } from '../../artifacts/documents/deploy-report.ts';
import type { Requirements } from '../../artifacts/requirements.ts';
import type { StageContext } from '../context.ts';
import { readSamples } from './service-checks.ts';

/** `deploy/service.yaml`: what runs, how one sees that it is well, and the SLA rows by requirement. */
export const serviceSpec = (context: StageContext, { project, items }: Requirements, report: DeployReport) => {
  const { DOCKER_CONFIG } = context.rules;
  return {
    name: project,
    version: report.version,
    ...(report.image ? { image: report.image } : {}),
    build: { context: '..', dockerfile: 'deploy/docker/Dockerfile' },
    port: DOCKER_CONFIG.port,
    probes: { health: '/health', ready: '/ready' },
    smoke: { path: '/predict', body: { inputs: [readSamples(context)[0]!.input] }, status: 200 },
    slas: items
      .filter(({ kind }) => kind === 'sla')
      .map(({ id, subject, op, value, unit }) => ({ requirement: id, subject, op, value, unit })),
    rollout: { drain_seconds: DOCKER_CONFIG.drain_seconds, canary_steps: DOCKER_CONFIG.canary_steps },
  };
};
