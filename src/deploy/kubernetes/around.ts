import { type KubernetesObject, metadata, type Named, selector } from './names.ts';
import { unset } from './settings.ts';

/** Pods that an autoscaler may add for each that the spec asks for. */
const mostTimes = 4;
const busyPercent = 70;
const scrapeInterval = '15s';

export const services = (named: Named): KubernetesObject[] => {
  const { names } = named;
  const one = (name: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(named, name),
    spec: { selector: selector(named), ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
  return names.workload === 'Rollout' ? [one(names.app), one(names.canary)] : [one(names.app)];
};

/** A node's upgrade takes one pod at a time; two pods at least, or there is none to stay. */
export const disruptionBudget = (named: Named): KubernetesObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata(named, named.names.app),
  spec: { maxUnavailable: 1, selector: { matchLabels: selector(named) } },
});

export const scaler = (named: Named): KubernetesObject => {
  const { spec, names } = named;
  const least = Math.max(2, spec.peers);
  const apiVersion = names.workload === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1';
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadata(named, names.app),
    spec: {
      scaleTargetRef: { apiVersion, kind: names.workload, name: names.app },
      minReplicas: least,
      maxReplicas: least * mostTimes,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: busyPercent } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    },
  };
};

export const route = (named: Named, gateway: string): KubernetesObject => {
  const { names } = named;
  const backend = (name: string, weight: number) => ({ name, port: 80, weight });
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: metadata(named, names.app),
    spec: {
      parentRefs: [{ name: gateway }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs:
            names.workload === 'Rollout'
              ? [backend(names.app, 100), backend(names.canary, 0)]
              : [backend(names.app, 1)],
        },
      ],
    },
  };
};

/** In: the service's port. Out: names, and with keys and addresses from the surroundings (of somebody to call) HTTPS. */
export const networkPolicy = (named: Named): KubernetesObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata(named, named.names.app),
  spec: {
    podSelector: { matchLabels: selector(named) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ ports: [{ port: 'http', protocol: 'TCP' }] }],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      ...(named.spec.secrets.length + unset(named.spec).length > 0
        ? [{ ports: [{ port: 443, protocol: 'TCP' }] }]
        : []),
    ],
  },
});

/** The job is the service's name, as the alert rules have it. */
export const serviceMonitor = (named: Named): KubernetesObject => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: metadata(named, named.names.app),
  spec: {
    jobLabel: 'app.kubernetes.io/name',
    podTargetLabels: ['rollouts-pod-template-hash'],
    selector: { matchLabels: selector(named) },
    endpoints: [{ port: 'http', path: named.spec.metrics.path, interval: scrapeInterval, scrapeTimeout: '5s' }],
  },
});

export const ruleObject = (named: Named, groups: object[]): KubernetesObject => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: metadata(named, named.names.app),
  spec: { groups },
});
