import { stringify } from 'yaml';
import { alertRules } from './alert-rules.ts';
import { alertTests } from './alert-tests.ts';
import { alertmanagerConfig, type Receivers } from './alertmanager-config.ts';
import { grafanaDashboard } from './grafana-dashboard.ts';
import { prometheusConfig } from './prometheus-config.ts';
import type { AlertInput } from './rule.ts';
import { watchPlan } from './watch-plan.ts';

type Plan = {
  /** `host:port` of each running copy. */
  targets: string[];
  predicts: 'labels' | 'values' | null;
  alertmanagers?: string[];
  receivers?: Receivers;
};

/** What watches a service, by file name in one folder: rules and their tests, routes, dashboard, scraping. */
export const monitoringFiles = (input: AlertInput, { targets, predicts, ...plan }: Plan): Record<string, string> => {
  const { alertmanagers = ['127.0.0.1:9093'], receivers = { page: null, warning: null } } = plan;
  const { service } = input;
  return {
    'alerts.yml': yaml(alertRules(input)),
    'alerts.test.yml': yaml(alertTests(input, 'alerts.yml')),
    'prometheus.yml': yaml(prometheusConfig({ service, targets, ruleFiles: ['alerts.yml'], alertmanagers })),
    'alertmanager.yml': yaml(alertmanagerConfig(input, receivers)),
    'dashboard.json': json(grafanaDashboard({ service, items: input.items, predicts })),
    'watch.json': json(watchPlan(input, `http://${targets[0] ?? '127.0.0.1:8000'}`)),
  };
};

const yaml = (value: object): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
