import { type KubernetesObject, metadata, type Named, selector, slug } from './names.ts';
import { claimOf, environmentOf, volumesOf } from './settings.ts';

/** Seconds until endpoints and gateways have heard that a pod goes: new requests still arrive meanwhile. */
const preStopSeconds = 5;
const temporaryMegabytes = 64;
/** What a pod asks for where the spec says nothing: a scheduler and an autoscaler need figures. */
const usual = { cpus: 0.5, memoryMb: 512 };

/** A Deployment, or for a canary an Argo Rollout that shifts by the spec's steps and asks Prometheus at each. */
export const workload = (named: Named, namespace: string): KubernetesObject =>
  named.names.workload === 'Rollout' ? rollout(named, namespace) : deployment(named);

const deployment = (named: Named): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata(named, named.names.app),
  spec: {
    ...common(named),
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
  },
});

const rollout = (named: Named, namespace: string): KubernetesObject => {
  const { spec, names } = named;
  const shifts = spec.rollout.steps.filter(({ share_percent }) => share_percent < 100);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: metadata(named, names.app),
    spec: {
      ...common(named),
      strategy: {
        canary: {
          stableService: names.app,
          canaryService: names.canary,
          abortScaleDownDelaySeconds: Math.ceil(spec.rollout.drain_seconds),
          scaleDownDelaySeconds: Math.ceil(Math.max(spec.rollout.watch_seconds, spec.rollout.drain_seconds)),
          trafficRouting: {
            plugins: { 'argoproj-labs/gatewayAPI': { httpRoute: names.app, namespace } },
          },
          steps: shifts.flatMap(({ share_percent, seconds }) => [
            { setWeight: Math.max(1, Math.round(share_percent)) },
            { pause: { duration: `${Math.ceil(seconds)}s` } },
            { analysis: { templates: [{ templateName: names.analysis }], args: [newPods] } },
          ]),
        },
      },
    },
  };
};

/** The analysis looks at the pods of the new version alone; the controller marks them with the hash of their template. */
const newPods = { name: 'hash', valueFrom: { podTemplateHashValue: 'Latest' } };

const common = (named: Named) => ({
  revisionHistoryLimit: named.spec.rollout.keep_releases,
  progressDeadlineSeconds: Math.ceil(named.spec.probes.limit_seconds) + 60,
  selector: { matchLabels: selector(named) },
  template: { metadata: { labels: metadata(named, named.names.app).labels }, spec: podOf(named) },
});

const podOf = (named: Named): object => {
  const { spec, names } = named;
  const { drain_seconds, grace_seconds } = spec.rollout;
  return {
    automountServiceAccountToken: false,
    // Longer than the pause before SIGTERM, the drain and the grace together: no request is cut.
    terminationGracePeriodSeconds: preStopSeconds + Math.ceil(drain_seconds + grace_seconds),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selector(named) },
      },
    ],
    containers: [
      {
        name: names.app,
        image: spec.image ?? `${spec.name}:${spec.version}`,
        ports: [{ name: 'http', containerPort: spec.port }],
        ...environmentOf(named),
        resources: resourcesOf(named),
        ...probesOf(named),
        lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          ...volumesOf(named).map(({ source, mount, read_only }) => ({
            name: slug(source),
            mountPath: mount,
            readOnly: read_only,
          })),
        ],
      },
    ],
    volumes: [
      { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: `${temporaryMegabytes}Mi` } },
      ...volumesOf(named).map(({ source, read_only }) => ({
        name: slug(source),
        persistentVolumeClaim: { claimName: claimOf(named, source), readOnly: read_only },
      })),
    ],
  };
};

/** Memory is asked for in full, since none can be taken back; of GPUs a request must equal its limit. */
const resourcesOf = ({ spec }: Named): object => {
  const { cpus, memory_mb, gpus } = spec.resources;
  const gpu = gpus > 0 ? { 'nvidia.com/gpu': gpus } : {};
  const memory = `${Math.ceil(memory_mb ?? usual.memoryMb)}M`;
  return {
    requests: { cpu: `${Math.ceil((cpus ?? usual.cpus) * 1000)}m`, memory, ...gpu },
    limits: { ...(cpus !== undefined && { cpu: `${Math.ceil(cpus * 1000)}m` }), memory, ...gpu },
  };
};

/** Three questions: has it started (slow, once), may it get traffic (often), must it be started anew (patiently). */
const probesOf = ({ spec }: Named): object => {
  const get = (path: string) => ({ httpGet: { path, port: 'http' } });
  const { health, ready, passes, limit_seconds } = spec.probes;
  return {
    startupProbe: {
      ...get(ready),
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: Math.ceil(limit_seconds / 2),
    },
    readinessProbe: {
      ...get(ready),
      periodSeconds: 5,
      timeoutSeconds: 2,
      successThreshold: passes,
      failureThreshold: 2,
    },
    livenessProbe: { ...get(health), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
  };
};
