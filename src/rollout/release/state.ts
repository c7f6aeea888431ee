import { z } from 'zod';
import { pools } from '../../deploy/target/target.ts';

/** How a version comes to all traffic; taken from its spec when it is deployed, so that a later edit changes nothing. */
export const rolloutPlan = z.strictObject({
  strategy: z.enum(['blue-green', 'canary']),
  /** Shares below 100 %, each judged for its time; none: all traffic at once. */
  steps: z.array(z.strictObject({ share_percent: z.number(), seconds: z.number() })),
  watch_seconds: z.number(),
  on_inconclusive: z.enum(['rollback', 'ask', 'promote']),
});
export type RolloutPlan = z.infer<typeof rolloutPlan>;

const release = z.strictObject({ version: z.string(), pool: z.enum(pools), plan: rolloutPlan });
export type Release = z.infer<typeof release>;

const live = release.nullable();
/** Services that are deployed together, by their folders; none goes on unless all can. */
const group = z.strictObject({ id: z.string(), members: z.array(z.string()) }).nullable();

export const rolloutState = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('idle'),
    live,
    last: z
      .strictObject({
        version: z.string(),
        outcome: z.enum(['live', 'rolled back', 'taken down']),
        because: z.string().nullable(),
      })
      .nullable(),
  }),
  z.strictObject({ state: z.literal('starting'), live, next: release, group }),
  z.strictObject({ state: z.literal('checking'), live, next: release, group }),
  z.strictObject({ state: z.literal('prepared'), live, next: release, group }),
  z.strictObject({ state: z.literal('shifting'), live: release, next: release, step: z.number() }),
  z.strictObject({ state: z.literal('paused'), live: release, next: release, step: z.number(), because: z.string() }),
  z.strictObject({ state: z.literal('watching'), live: release, previous: release }),
  z.strictObject({ state: z.literal('retiring'), live: release, previous: release }),
  z.strictObject({
    state: z.literal('returning'),
    live,
    failed: release,
    because: z.string(),
    /** Whether the version failed by itself, which makes a report; a person who ends a rollout needs none. */
    report: z.boolean(),
  }),
]);
/** Where the rollout of a service stands. What is to be done follows from it alone, so that a restart can go on. */
export type RolloutState = z.infer<typeof rolloutState>;
export type StateName = RolloutState['state'];

export const nothingYet: RolloutState = { state: 'idle', live: null, last: null };

/** What a person or program may ask at any time. */
export const commandSchema = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('deploy'), next: release, group: group.default(null) }),
  z.strictObject({ event: z.enum(['promote', 'pause', 'resume', 'abort', 'rollback', 'go']) }),
]);
export type Command = z.infer<typeof commandSchema>;

/** What was seen while a state's work was done. */
export type Observation =
  | { event: 'ready' | 'checked' | 'passed' | 'watched' | 'retired' | 'returned' }
  | { event: 'failed' | 'inconclusive' | 'no data'; because: string };

export type RolloutEvent = Command | Observation;

/** The version that is on its way, if one is. */
export const versionUnderWay = (state: RolloutState): string | null => {
  if ('next' in state) return state.next.version;
  if (state.state === 'returning') return state.failed.version;
  return state.state === 'idle' ? null : state.live.version;
};
