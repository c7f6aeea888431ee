import { availabilityRules } from './availability-rules.ts';
import { defaultRules } from './default-rules.ts';
import type { AlertInput, AlertRule, RuleFile, WatchedRule } from './rule.ts';
import { slaRules } from './sla-rules.ts';

/** A Prometheus rule file as data: one group of rules from requirements, one of defaults. */
export const alertRules = (input: AlertInput): RuleFile => {
  const rules = watchedRules(input);
  const group = (name: string, wanted: boolean) => ({
    name: `${input.service.name}-${name}`,
    rules: rules.filter(({ requirement }) => (requirement !== null) === wanted).map((rule) => asRule(rule, input)),
  });
  return { groups: [group('requirements', true), group('defaults', false)].filter(({ rules }) => rules.length > 0) };
};

/** Requirements whose subject the running service shows; the others are checked before a release. */
export const isWatched = (subject: string): boolean => subject === 'availability' || slaRules.has(subject);

export const watchedRules = ({ service, items, defaults }: AlertInput): WatchedRule[] => {
  const finite = items.filter(({ value }) => Number.isFinite(value));
  const fromItems = finite.flatMap((item) => {
    if (item.subject === 'availability') return availabilityRules(service, item, defaults);
    const build = slaRules.get(item.subject);
    return build ? [build(service, item, defaults)] : [];
  });
  return [...distinct(fromItems), ...defaultRules(service, finite, defaults)];
};

/** Two requirements on one subject are two alerts. */
const distinct = (rules: WatchedRule[]): WatchedRule[] =>
  rules.map((rule) => {
    const alone = rules.filter(({ alert }) => alert === rule.alert).length === 1;
    return alone ? rule : { ...rule, alert: `${rule.alert}${rule.requirement?.id.replace('-', '')}` };
  });

export const labelsOf = ({ severity, requirement }: WatchedRule, { service }: AlertInput): Record<string, string> => ({
  severity,
  service: service.name,
  ...(requirement && { requirement: requirement.id }),
});

export const annotationsOf = ({ summary, requirement }: WatchedRule): Record<string, string> => ({
  summary,
  ...(requirement && { requirement: requirement.words }),
});

const asRule = (rule: WatchedRule, input: AlertInput): AlertRule => ({
  alert: rule.alert,
  expr: rule.expr,
  for: `${rule.forMinutes}m`,
  labels: labelsOf(rule, input),
  annotations: Object.fromEntries(Object.entries(annotationsOf(rule)).map(([key, text]) => [key, verbatim(text)])),
});

/** Prometheus reads annotations as templates; words of a brief are only words. */
const verbatim = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');
