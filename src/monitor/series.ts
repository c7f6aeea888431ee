import { plain, type Watched } from './rule.ts';

/** The metrics of a service, in PromQL: the only place that puts their names together. */
export const seriesOf = ({ name, metrics, limits }: Watched) => {
  const job = `job=${JSON.stringify(name)}`;
  const asked = [
    job,
    ...Object.entries(metrics.where).map(([label, value]) => `${label}=${JSON.stringify(value)}`),
  ].join();
  const labels = `{${job},instance="one:8000",slot="main",version="v1"}`;
  const inAsked = (extra: string) =>
    `{${asked},instance="one:8000",slot="main",version="v1"${extra ? `,${extra}` : ''}}`;
  const memoryBytes = limits.memoryMb === null ? null : plain(limits.memoryMb * 1e6);
  const cores = limits.cpus === null ? null : plain(limits.cpus);
  return {
    up: `up{${job}}`,
    requests: `${metrics.requests}{${asked}}`,
    failed: `${metrics.requests}{${asked},${metrics.status}=~"5.."}`,
    served: `${metrics.requests}{${asked},${metrics.status}=~"2.."}`,
    buckets: `${metrics.seconds}_bucket{${asked}}`,
    count: `${metrics.seconds}_count{${asked}}`,
    sum: `${metrics.seconds}_sum{${asked}}`,
    memory: `process_resident_memory_bytes{${job}}`,
    memoryLimit: memoryBytes ?? `process_memory_limit_bytes{${job}}`,
    cpu: `process_cpu_seconds_total{${job}}`,
    cpuLimit: cores ?? `process_cpu_limit_cores{${job}}`,
    predictions: `${metrics.predictions}{${job}}`,
    values: `${metrics.values}_bucket{${job}}`,
    model: `model_info{${job}}`,
    tokens: metrics.tokens === undefined ? null : `${metrics.tokens}{${job}}`,
    quality: (metric: string) => `${metrics.quality}{${job},metric="${metric}"}`,
    everyQuality: `${metrics.quality}{${job}}`,
    /** Labels of `absent(requests)`, which come from its selector. */
    absentLabels: { job: name, ...metrics.where },
    /** Single series as the service exposes them, for tests. */
    one: {
      up: `up{${job},instance="one:8000"}`,
      requests: (status: number) => `${metrics.requests}${inAsked(`${metrics.status}="${status}"`)}`,
      bucket: (edge: number) =>
        `${metrics.seconds}_bucket${inAsked(`le="${edge === Infinity ? '+Inf' : plain(edge)}"`)}`,
      count: `${metrics.seconds}_count${inAsked('')}`,
      sum: `${metrics.seconds}_sum${inAsked('')}`,
      memory: `process_resident_memory_bytes${labels}`,
      memoryLimit: memoryBytes === null ? `process_memory_limit_bytes${labels}` : null,
      quality: (metric: string) =>
        `${metrics.quality}{${job},instance="one:8000",metric="${metric}",slot="main",version="v1"}`,
      cpu: `process_cpu_seconds_total${labels}`,
      cpuLimit: cores === null ? `process_cpu_limit_cores${labels}` : null,
      tokens: `${metrics.tokens}${labels}`,
    },
  };
};

export const quantile = (buckets: string, share: number, window: string): string =>
  `histogram_quantile(${share}, sum by (le) (rate(${buckets}[${window}])))`;

export const share = (part: string, whole: string, window: string): string =>
  `sum(rate(${part}[${window}])) / sum(rate(${whole}[${window}]))`;
