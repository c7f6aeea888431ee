import type { ServiceSpec } from '../artifacts/service/service-spec.ts';
import type { AlertDefaults, AlertInput, SlaItem } from './rule.ts';

/** What is watched of a service: everything that rules, dashboards and routes are built from comes out of its spec. */
export const alertInput = (spec: ServiceSpec, defaults: AlertDefaults): AlertInput => ({
  service: {
    name: spec.name,
    metrics: spec.metrics,
    limits: { cpus: spec.resources.cpus ?? null, memoryMb: spec.resources.memory_mb ?? null },
  },
  items: itemsOf(spec),
  defaults,
});

/** The rows with a figure, each with the brief's very words where it has them. */
const itemsOf = ({ slas }: ServiceSpec): SlaItem[] =>
  slas.flatMap(({ requirement, subject, op, value, unit, words }) =>
    typeof value === 'number'
      ? [{ id: requirement, subject, op, value, unit, words: words ?? wordsOf({ subject, op, value, unit }) }]
      : [],
  );

const wordsOf = ({ subject, op, value, unit }: Pick<SlaItem, 'subject' | 'op' | 'value' | 'unit'>): string =>
  [subject, op, value, unit].filter((part) => part !== null).join(' ');
