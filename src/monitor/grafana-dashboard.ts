import type { SlaItem, Watched } from './rule.ts';
import { quantile, seriesOf } from './series.ts';
import { isQuality, secondsOf } from './sla-rules.ts';

export type DashboardInput = {
  service: Watched;
  items: SlaItem[];
  /** What the service counts of its predictions; null: nothing, or nothing that is known. */
  predicts: 'labels' | 'values' | null;
};

type Area = 'System' | 'Application' | 'Business';

type Query = { expr: string; legend: string };
type Panel = {
  title: string;
  unit: string;
  queries: Query[];
  limit?: number | undefined;
  description?: string;
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own way to name a variable
const datasource = { type: 'prometheus', uid: '${datasource}' };
const window = '$__rate_interval';

/** A dashboard that Grafana imports as it is. Requirements are lines in the panels that measure them. */
export const grafanaDashboard = (input: DashboardInput): object => ({
  uid: `specwright-${input.service.name}`.slice(0, 40),
  title: input.service.name,
  tags: ['specwright'],
  schemaVersion: 39,
  refresh: '15s',
  time: { from: 'now-1h', to: 'now' },
  templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }] },
  panels: laidOut(areasOf(input)),
});

/** Every query of the dashboard, with `$__rate_interval` as this window: for a check against a running service. */
export const dashboardQueries = (input: DashboardInput, rateWindow: string): string[] =>
  Object.values(areasOf(input))
    .flat()
    .flatMap(({ queries }) => queries.map(({ expr }) => expr.replaceAll(window, rateWindow)));

const areasOf = (input: DashboardInput): Record<Area, Panel[]> => ({
  Application: applicationPanels(input),
  Business: businessPanels(input),
  System: systemPanels(input),
});

const rateBy = (labels: string, metric: string) => `sum by (${labels}) (rate(${metric}[${window}]))`;
const finder =
  (items: SlaItem[]) =>
  (...subjects: string[]) =>
    items.find(({ subject }) => subjects.includes(subject));

const applicationPanels = ({ service, items }: DashboardInput): Panel[] => {
  const series = seriesOf(service);
  const of = finder(items);
  const latency = of('latency', 'latency_p95', 'latency_p99', 'latency_p50', 'latency_mean');
  const { status } = service.metrics;
  return [
    {
      title: 'Requests',
      unit: 'reqps',
      queries: [{ expr: rateBy(`${status}, slot`, series.requests), legend: `{{${status}}} {{slot}}` }],
      ...line(of('throughput')),
    },
    {
      title: 'Failed requests',
      unit: 'percentunit',
      // Without a failure yet there is no series of failures: none is 0, not nothing.
      queries: [
        {
          expr: `(${rateBy('slot', series.failed)} or 0 * ${rateBy('slot', series.requests)}) / ${rateBy('slot', series.requests)}`,
          legend: '{{slot}}',
        },
      ],
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
    {
      title: 'Health checks',
      unit: 'short',
      queries: [{ expr: series.up, legend: '{{instance}}' }],
      ...line(of('availability'), 1),
    },
  ];
};

/** What the service is there for: its predictions, and how good the model was where its truth was known. */
const businessPanels = ({ service, predicts, items }: DashboardInput): Panel[] => {
  const series = seriesOf(service);
  const quality = items.find(({ subject }) => isQuality(subject));
  const tokens: Panel[] =
    series.tokens === null
      ? []
      : [
          {
            title: 'Tokens a day',
            unit: 'short',
            queries: [{ expr: `sum(increase(${series.tokens}[1d]))`, legend: 'tokens' }],
            limit: service.metrics.tokens_per_day,
          },
        ];
  if (predicts === null) return tokens;
  return [
    ...predictionPanels(series, predicts),
    {
      title: 'Model quality on the sealed hold-out',
      unit: 'short',
      queries: [{ expr: series.everyQuality, legend: '{{metric}} {{version}}' }],
      ...line(quality),
    },
    { title: 'Versions', unit: 'short', queries: [{ expr: series.model, legend: '{{name}} {{version}} in {{slot}}' }] },
    ...tokens,
  ];
};

const predictionPanels = (series: ReturnType<typeof seriesOf>, predicts: 'labels' | 'values'): Panel[] =>
  predicts === 'labels'
    ? [
        {
          title: 'Predictions',
          unit: 'reqps',
          queries: [{ expr: `sum(rate(${series.predictions}[${window}]))`, legend: 'all' }],
        },
        {
          title: 'Predicted labels',
          unit: 'percentunit',
          queries: [
            {
              expr: `${rateBy('label', series.predictions)} / scalar(sum(rate(${series.predictions}[${window}])))`,
              legend: '{{label}}',
            },
          ],
        },
      ]
    : [
        {
          title: 'Predicted values',
          unit: 'short',
          queries: [0.1, 0.5, 0.9].map((share) => ({
            expr: quantile(series.values, share, window),
            legend: `p${share * 100}`,
          })),
        },
      ];

const systemPanels = ({ service, items }: DashboardInput): Panel[] => {
  const series = seriesOf(service);
  const memory = finder(items)('memory');
  const { memoryMb } = service.limits;
  return [
    {
      title: 'Memory',
      unit: 'bytes',
      queries: [
        { expr: series.memory, legend: '{{slot}} {{version}}' },
        { expr: memoryMb === null ? `min(${series.memoryLimit})` : `vector(${series.memoryLimit})`, legend: 'limit' },
      ],
      ...line(memory, memory && memory.value * 1e6),
    },
    {
      title: 'Processor',
      unit: 'percentunit',
      queries: [{ expr: `rate(${series.cpu}[${window}]) / ${series.cpuLimit}`, legend: '{{slot}} {{version}}' }],
    },
  ];
};

const line = (item: SlaItem | undefined, limit = item?.value): Pick<Panel, 'limit' | 'description'> =>
  item ? { limit, description: `${item.id}: ${item.words}` } : {};

/** A row for each area that has panels, two panels beside one another. */
const laidOut = (areas: Record<Area, Panel[]>): object[] => {
  const panels: object[] = [];
  let y = 0;
  for (const [title, inside] of Object.entries(areas)) {
    if (inside.length === 0) continue;
    const row = { type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } };
    panels.push({ id: panels.length + 1, ...row });
    for (const [index, panel] of inside.entries()) {
      panels.push({
        id: panels.length + 1,
        ...asPanel(panel, { x: (index % 2) * 12, y: y + 1 + Math.floor(index / 2) * 8 }),
      });
    }
    y += 1 + Math.ceil(inside.length / 2) * 8;
  }
  return panels;
};

const asPanel = ({ title, unit, queries, limit, description }: Panel, { x, y }: { x: number; y: number }): object => ({
  type: 'timeseries',
  title,
  description: description ?? '',
  datasource,
  gridPos: { x, y, w: 12, h: 8 },
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
