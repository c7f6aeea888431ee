import { AppError, messageOf } from '../../errors.ts';
import type { KubernetesObject } from './names.ts';

/** A model of a kind, with the schema that its API server would check. */
type Model = new (data: never) => { validate(): void };

/** Each object against the schema of its kind, without a cluster; a fault names object and field. */
export const validateObjects = async (objects: KubernetesObject[]): Promise<void> => {
  for (const object of objects) {
    const load = models[`${object.apiVersion}/${object.kind}`];
    if (!load) throw new Error(`no schema is known for ${object.apiVersion} ${object.kind}`);
    const Model: Model = await load();
    try {
      new Model(object as never).validate();
    } catch (cause) {
      throw new AppError('artifact.invalid', `${object.kind} ${object.metadata.name}: ${messageOf(cause)}`, {
        cause,
        hint: 'Correct the field of deploy/service.yaml that it comes from.',
      });
    }
  }
};

const models: Record<string, () => Promise<Model>> = {
  'v1/ConfigMap': async () => (await import('kubernetes-models/v1/ConfigMap')).ConfigMap,
  'v1/PersistentVolumeClaim': async () =>
    (await import('kubernetes-models/v1/PersistentVolumeClaim')).PersistentVolumeClaim,
  'v1/Service': async () => (await import('kubernetes-models/v1/Service')).Service,
  'apps/v1/Deployment': async () => (await import('kubernetes-models/apps/v1/Deployment')).Deployment,
  'policy/v1/PodDisruptionBudget': async () =>
    (await import('kubernetes-models/policy/v1/PodDisruptionBudget')).PodDisruptionBudget,
  'autoscaling/v2/HorizontalPodAutoscaler': async () =>
    (await import('kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler')).HorizontalPodAutoscaler,
  'networking.k8s.io/v1/NetworkPolicy': async () =>
    (await import('kubernetes-models/networking.k8s.io/v1/NetworkPolicy')).NetworkPolicy,
  'argoproj.io/v1alpha1/Rollout': async () =>
    (await import('@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout')).Rollout,
  'argoproj.io/v1alpha1/AnalysisTemplate': async () =>
    (await import('@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/AnalysisTemplate')).AnalysisTemplate,
  'gateway.networking.k8s.io/v1/HTTPRoute': async () =>
    (await import('@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute')).HTTPRoute,
  'monitoring.coreos.com/v1/ServiceMonitor': async () =>
    (await import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor')).ServiceMonitor,
  'monitoring.coreos.com/v1/PrometheusRule': async () =>
    (await import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule')).PrometheusRule,
};
