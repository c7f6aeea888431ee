import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { type KubernetesObject, metadata, type Named } from './names.ts';

const looks = { interval: '30s', count: 5 };
/** Where no requirement settles it: the judge's own floor. */
const usualErrorRate = 0.01;

const hasFigure = 'len(result) > 0 && !isNaN(result[0])';

type Metric = { name: string; query: string; successCondition: string };

/**
 * What Argo Rollouts asks of Prometheus at each step. An answer without figures (no traffic: nothing, or 0/0, which is
 * NaN and is below no limit) is inconclusive: it neither passes nor fails.
 */
export const analysisTemplate = (named: Named, prometheus: string): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AnalysisTemplate',
  metadata: metadata(named, named.names.analysis),
  spec: {
    args: [{ name: 'hash' }],
    metrics: metricsOf(named.spec).map(({ name, query, successCondition }) => ({
      name,
      ...looks,
      failureLimit: 1,
      inconclusiveLimit: 2,
      successCondition: `${hasFigure} && ${successCondition}`,
      failureCondition: `${hasFigure} && !(${successCondition})`,
      provider: { prometheus: { address: prometheus, query } },
    })),
  },
});

const metricsOf = (spec: ServiceSpec): Metric[] => {
  const { metrics, name, slas } = spec;
  const where = [['job', name], ['rollouts_pod_template_hash', '{{args.hash}}'], ...Object.entries(metrics.where)]
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join();
  const failed = `sum(rate(${metrics.requests}{${where},${metrics.status}=~"5.."}[2m]))`;
  const all = `sum(rate(${metrics.requests}{${where}}[2m]))`;
  const errorRow = slas.find(({ subject }) => subject === 'error_rate');
  const limit = typeof errorRow?.value === 'number' ? errorRow.value : usualErrorRate;
  const latencies = slas.filter(({ subject, value }) => subject in quantiles && typeof value === 'number');
  return [
    {
      name: slug(errorRow?.requirement ?? 'error-rate'),
      query: `(${failed} or vector(0)) / ${all}`,
      successCondition: `result[0] <= ${limit}`,
    },
    ...latencies.map(({ requirement, subject, value, unit }) => ({
      name: slug(requirement),
      query: `histogram_quantile(${quantiles[subject]}, sum by (le) (rate(${metrics.seconds}_bucket{${where}}[2m])))`,
      successCondition: `result[0] <= ${unit === 's' ? value : Number(value) / 1000}`,
    })),
  ];
};

const quantiles: Record<string, number> = { latency: 0.95, latency_p50: 0.5, latency_p95: 0.95, latency_p99: 0.99 };
const slug = (text: string): string => text.toLowerCase();
