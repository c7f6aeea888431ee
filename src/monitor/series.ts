import { plain } from './rule.ts';

/** The metrics of a generated service, in PromQL: the only place that knows their names. */
export const seriesOf = (service: string) => {
  const job = `job=${JSON.stringify(service)}`;
  const predict = `${job},path="/predict"`;
  const labels = `{${job},instance="one:8000",slot="main",version="v1"}`;
  const inPredict = (extra: string) =>
    `{${job},instance="one:8000",path="/predict",slot="main",version="v1"${extra ? `,${extra}` : ''}}`;
  return {
    up: `up{${job}}`,
    requests: `requests_total{${predict}}`,
    failed: `requests_total{${predict},status=~"5.."}`,
    served: `requests_total{${predict},status=~"2.."}`,
    buckets: `request_seconds_bucket{${predict}}`,
    count: `request_seconds_count{${predict}}`,
    sum: `request_seconds_sum{${predict}}`,
    memory: `process_resident_memory_bytes{${job}}`,
    memoryLimit: `process_memory_limit_bytes{${job}}`,
    cpu: `process_cpu_seconds_total{${job}}`,
    cpuLimit: `process_cpu_limit_cores{${job}}`,
    predictions: `predictions_total{${job}}`,
    values: `prediction_value_bucket{${job}}`,
    model: `model_info{${job}}`,
    quality: (metric: string) => `model_quality{${job},metric="${metric}"}`,
    /** Labels of `absent(requests)`, which come from its selector. */
    absentLabels: { job: service, path: '/predict' },
    /** Single series as the service exposes them, for tests. */
    one: {
      up: `up{${job},instance="one:8000"}`,
      requests: (status: number) => `requests_total${inPredict(`status="${status}"`)}`,
      bucket: (edge: number) =>
        `request_seconds_bucket${inPredict(`le="${edge === Infinity ? '+Inf' : plain(edge)}"`)}`,
      count: `request_seconds_count${inPredict('')}`,
      sum: `request_seconds_sum${inPredict('')}`,
      memory: `process_resident_memory_bytes${labels}`,
      memoryLimit: `process_memory_limit_bytes${labels}`,
      quality: (metric: string) =>
        `model_quality{${job},instance="one:8000",metric="${metric}",slot="main",version="v1"}`,
      cpu: `process_cpu_seconds_total${labels}`,
      cpuLimit: `process_cpu_limit_cores${labels}`,
    },
  };
};

export const quantile = (buckets: string, share: number, window: string): string =>
  `histogram_quantile(${share}, sum by (le) (rate(${buckets}[${window}])))`;

export const share = (part: string, whole: string, window: string): string =>
  `sum(rate(${part}[${window}])) / sum(rate(${whole}[${window}]))`;
