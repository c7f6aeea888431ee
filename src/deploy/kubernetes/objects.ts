import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { analysisTemplate } from './analysis.ts';
import { disruptionBudget, networkPolicy, route, ruleObject, scaler, serviceMonitor, services } from './around.ts';
import { type KubernetesObject, type Named, namesOf } from './names.ts';
import { configMap, volumeClaims } from './settings.ts';
import { workload } from './workload.ts';

export type KubernetesPlan = {
  namespace: string;
  /** The Gateway that routes attach to. */
  gateway: string;
  /** Where Argo Rollouts asks Prometheus. */
  prometheus: string;
  /** Groups of alert rules, as Prometheus reads them. */
  ruleGroups: object[];
};

/** Every object that a cluster needs for the service, by file name, in the order in which they are applied. */
export const kubernetesObjects = (spec: ServiceSpec, plan: KubernetesPlan): Record<string, KubernetesObject[]> => {
  const named: Named = { spec, names: namesOf(spec) };
  const canary = spec.rollout.strategy === 'canary';
  return {
    '10-config.yaml': [...configMap(named), ...volumeClaims(named)],
    '20-service.yaml': services(named),
    '30-workload.yaml': [
      ...(canary ? [analysisTemplate(named, plan.prometheus)] : []),
      workload(named, plan.namespace),
    ],
    '40-scaling.yaml': [disruptionBudget(named), scaler(named)],
    '50-network.yaml': [route(named, plan.gateway), networkPolicy(named)],
    '60-monitoring.yaml': [serviceMonitor(named), ruleObject(named, plan.ruleGroups)],
  };
};
