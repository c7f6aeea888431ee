import { watchedRules } from './alert-rules.ts';
import type { AlertInput } from './rule.ts';

/** Addresses that take Alertmanager's webhook; null: the alert is shown in Alertmanager and told to nobody. */
export type Receivers = { page: string | null; warning: string | null };

/**
 * alertmanager.yml as data: what breaks a requirement is told by itself, under the requirement's id; defaults are told
 * together. A page goes out in seconds and again each hour, a warning is gathered and repeated twice a day.
 */
export const alertmanagerConfig = (input: AlertInput, receivers: Receivers): object => {
  const severities = ['page', 'warning'] as const;
  const requirements = [...new Set(watchedRules(input).flatMap(({ requirement }) => requirement?.id ?? []))].sort();
  return {
    route: {
      receiver: 'warning',
      group_by: ['service', 'alertname'],
      group_wait: '30s',
      group_interval: '5m',
      repeat_interval: '12h',
      routes: [
        ...requirements.map((id) => ({
          matchers: [`service = ${quoted(input.service.name)}`, `requirement = ${quoted(id)}`],
          receiver: 'warning',
          group_by: ['service', 'requirement'],
          routes: [page],
        })),
        page,
      ],
    },
    // A service that is down breaks its other promises too; one page says so.
    inhibit_rules: [
      {
        source_matchers: ['alertname = "ServiceDown"'],
        target_matchers: ['alertname != "ServiceDown"'],
        equal: ['service'],
      },
    ],
    receivers: severities.map((name) => {
      const url = receivers[name];
      return url === null ? { name } : { name, webhook_configs: [{ url, send_resolved: true }] };
    }),
  };
};

const page = {
  matchers: ['severity = "page"'],
  receiver: 'page',
  group_wait: '5s',
  group_interval: '1m',
  repeat_interval: '1h',
};

const quoted = (text: string): string => JSON.stringify(text);
