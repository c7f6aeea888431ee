import { scrapeSeconds, type Watched } from './rule.ts';

export type PrometheusInput = {
  service: Watched;
  /** `host:port` of each running version. Their slots come with the metrics. */
  targets: string[];
  ruleFiles: string[];
  /** `host:port` of Alertmanagers; none: alerts are only shown. */
  alertmanagers?: string[];
};

/** prometheus.yml as data. */
export const prometheusConfig = ({ service, targets, ruleFiles, alertmanagers = [] }: PrometheusInput): object => ({
  global: { scrape_interval: `${scrapeSeconds}s`, evaluation_interval: `${scrapeSeconds}s` },
  rule_files: ruleFiles,
  ...(alertmanagers.length > 0 && { alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] } }),
  scrape_configs: [
    {
      job_name: service.name,
      metrics_path: service.metrics.path,
      scrape_timeout: '5s',
      static_configs: [{ targets }],
    },
  ],
});
