import { setTimeout as pause } from 'node:timers/promises';
import { loadRules } from '../../artifacts/rules/rules.ts';
import { type SlaRow, slaRows } from '../../artifacts/service/sla-rows.ts';
import type { Config } from '../../config.ts';
import { alertInput } from '../../monitor/from-spec.ts';
import { betweenReadings, type Reading, readingOf } from '../../monitor/metrics-window.ts';
import { type WatchPlan, watchPlan } from '../../monitor/watch-plan.ts';
import type { World } from '../../world/world.ts';
import type { Where } from '../release/find-service.ts';
import { addressService } from './service-address.ts';

export type Breach = { requirement: string; words: string; what: string };
export type Look = {
  healthy: boolean;
  requests: number;
  fewest_requests: number;
  rows: SlaRow[];
  breaches: Breach[];
};

const answerMs = 3000;
/** Readings that a window spans: a minute at the default pace. */
const windowReadings = 12;

/** Where a machine has no Prometheus: looks at health and /metrics until the time is over or something is breached. */
export const watchService = async (
  { config, world }: { config: Config; world: World },
  where: Where & { url?: string | undefined },
  { seconds, every }: { seconds: number; every: number },
  { signal, tell }: { signal: AbortSignal; tell: (look: Look) => void },
): Promise<Breach[]> => {
  const { home, url } = await addressService(world, where);
  const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
  const plan = watchPlan(alertInput(home.spec, rules.DOCKER_CONFIG.alerts), url, home.spec.probes.health);
  const readings: Reading[] = [];
  let failed = 0;
  for (const end = performance.now() + seconds * 1000; ; ) {
    const [healthy, text] = await Promise.all([answers(plan.url + plan.health), textOf(plan.url + plan.metrics.path)]);
    failed = healthy ? 0 : failed + 1;
    if (text !== null) readings.push(readingOf(text, plan));
    if (readings.length > windowReadings + 1) readings.shift();
    const look = lookAt(plan, readings, failed);
    tell(look);
    if (look.breaches.length > 0 || performance.now() + every * 1000 > end) return look.breaches;
    await pause(every * 1000, undefined, { signal });
  }
};

const lookAt = (plan: WatchPlan, readings: Reading[], failedChecks: number): Look => {
  const window = readings.length > 1 ? betweenReadings(readings[0]!, readings.at(-1)!) : { requests: 0, figures: {} };
  const enough = window.requests >= plan.fewest_requests;
  const slas = plan.rows.map((row) => ({
    ...row,
    op: row.op as '<=',
    unit: row.subject.startsWith('latency') ? 'ms' : null,
  }));
  const rows = slaRows(slas, enough ? window.figures : {});
  const down = failedChecks >= plan.failed_health_checks;
  const breaches = rows
    .filter(({ verdict }) => verdict === 'not met')
    .map(({ requirement, words, subject, measured, op, asked }) => ({
      requirement,
      words: words ?? '',
      what: `${subject} is ${Number(measured!.toPrecision(4))}, asked ${op} ${asked}`,
    }));
  const availability = plan.rows.find(({ subject }) => subject === 'availability');
  const outage = {
    requirement: availability?.requirement ?? 'default',
    words: availability?.words ?? 'the service answers its health checks',
    what: `${failedChecks} health checks in a row failed`,
  };
  return {
    healthy: failedChecks === 0,
    requests: window.requests,
    fewest_requests: plan.fewest_requests,
    rows,
    breaches: [...(down ? [outage] : []), ...breaches],
  };
};

const answers = async (url: string): Promise<boolean> => (await answerOf(url))?.ok ?? false;

const textOf = async (url: string): Promise<string | null> => {
  const answer = await answerOf(url);
  return answer?.ok ? answer.text().catch(() => null) : null;
};

/** Null where nothing answers: that is what is watched for. */
const answerOf = (url: string): Promise<Response | null> =>
  fetch(url, { signal: AbortSignal.timeout(answerMs) }).catch(() => null);
