import type { SlaItem } from './rule.ts';
import { quantile, seriesOf } from './series.ts';
import { secondsOf } from './sla-rules.ts';

export type DashboardInput = { service: string; items: SlaItem[]; predicts: 'labels' | 'values' };

type Query = { expr: string; legend: string };
type Panel = { title: string; unit: string; queries: Query[]; limit?: number | undefined; description?: string };

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own way to name a variable
const datasource = { type: 'prometheus', uid: '${datasource}' };
const window = '$__rate_interval';

/** A dashboard that Grafana imports as it is. Requirements are lines in the panels that measure them. */
export const grafanaDashboard = (input: DashboardInput): object => ({
  uid: `specwright-${input.service}`.slice(0, 40),
  title: input.service,
  tags: ['specwright'],
  schemaVersion: 39,
  refresh: '15s',
  time: { from: 'now-1h', to: 'now' },
  templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }] },
  panels: panelsOf(input).map(asPanel),
});

/** Every query of the dashboard, with `$__rate_interval` as this window: for a check against a running service. */
export const dashboardQueries = (input: DashboardInput, rateWindow: string): string[] =>
  panelsOf(input).flatMap(({ queries }) => queries.map(({ expr }) => expr.replaceAll(window, rateWindow)));

const panelsOf = ({ service, items, predicts }: DashboardInput): Panel[] => {
  const series = seriesOf(service);
  const sum = (labels: string, metric: string) => `sum by (${labels}) (rate(${metric}[${window}]))`;
  const of = (...subjects: string[]) => items.find(({ subject }) => subjects.includes(subject));
  const latency = of('latency', 'latency_p95', 'latency_p99', 'latency_p50', 'latency_mean');
  const memory = of('memory');
  return [
    {
      title: 'Requests',
      unit: 'reqps',
      queries: [{ expr: sum('status, slot', series.requests), legend: '{{status}} {{slot}}' }],
      ...line(of('throughput')),
    },
    {
      title: 'Failed requests',
      unit: 'percentunit',
      queries: [{ expr: `${sum('slot', series.failed)} / ${sum('slot', series.requests)}`, legend: '{{slot}}' }],
      ...line(of('error_rate')),
    },
    {
      title: 'Latency',
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((share) => ({
        expr: quantile(series.buckets, share, window),
        legend: `p${Math.round(share * 100)}`,
      })),
      ...line(latency, latency && secondsOf(latency)),
    },
    predicts === 'labels'
      ? {
          title: 'Predicted labels',
          unit: 'percentunit',
          queries: [
            {
              expr: `${sum('label', series.predictions)} / scalar(sum(rate(${series.predictions}[${window}])))`,
              legend: '{{label}}',
            },
          ],
        }
      : {
          title: 'Predicted values',
          unit: 'short',
          queries: [0.1, 0.5, 0.9].map((share) => ({
            expr: quantile(series.values, share, window),
            legend: `p${share * 100}`,
          })),
        },
    {
      title: 'Memory',
      unit: 'bytes',
      queries: [
        { expr: series.memory, legend: '{{slot}} {{version}}' },
        { expr: `min(${series.memoryLimit})`, legend: 'limit' },
      ],
      ...line(memory, memory && memory.value * 1e6),
    },
    {
      title: 'Processor',
      unit: 'percentunit',
      queries: [{ expr: `rate(${series.cpu}[${window}]) / ${series.cpuLimit}`, legend: '{{slot}} {{version}}' }],
    },
    {
      title: 'Health checks',
      unit: 'short',
      queries: [{ expr: series.up, legend: '{{instance}}' }],
      ...line(of('availability'), 1),
    },
    { title: 'Versions', unit: 'short', queries: [{ expr: series.model, legend: '{{name}} {{version}} in {{slot}}' }] },
  ];
};

const line = (item: SlaItem | undefined, limit = item?.value): Pick<Panel, 'limit' | 'description'> =>
  item ? { limit, description: `${item.id}: ${item.words}` } : {};

const asPanel = ({ title, unit, queries, limit, description }: Panel, index: number): object => ({
  id: index + 1,
  type: 'timeseries',
  title,
  description: description ?? '',
  datasource,
  gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
  targets: queries.map(({ expr, legend }, query) => ({
    refId: String.fromCharCode(65 + query),
    datasource,
    expr,
    legendFormat: legend,
  })),
  fieldConfig: {
    defaults: {
      unit,
      min: 0,
      custom: { thresholdsStyle: { mode: limit === undefined ? 'off' : 'line' } },
      thresholds: {
        mode: 'absolute',
        steps: [{ color: 'green', value: null }, ...(limit === undefined ? [] : [{ color: 'red', value: limit }])],
      },
    },
    overrides: [],
  },
});
