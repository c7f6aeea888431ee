import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import type { LoadRequest } from './load-task.ts';

/** Requests of one round; after them they come again. */
const round = 1000;

/** A JSON body as POST to one path: what a model service is asked. */
export const posts = (path: string, body: (index: number) => string, count: number): LoadRequest[] =>
  Array.from({ length: Math.max(1, Math.min(count, round)) }, (_, index) => ({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: body(index),
  }));

/** The traffic of a spec, or its smoke requests where it names none, spread evenly by share over one round. */
export const requestMix = ({ traffic, smoke }: Pick<ServiceSpec, 'traffic' | 'smoke'>): LoadRequest[] => {
  const given =
    traffic.length > 0
      ? traffic
      : smoke.filter(({ expect }) => expect.status < 300).map((request) => ({ ...request, share: 1 }));
  const total = given.reduce((sum, { share }) => sum + share, 0);
  const sent = given.map(() => 0);
  return given.length === 0
    ? []
    : Array.from({ length: round }, (_, index) => {
        const behind = given.map(({ share }, at) => ((index + 1) * share) / total - sent[at]!);
        const next = behind.indexOf(Math.max(...behind));
        sent[next]!++;
        return asSent(given[next]!);
      });
};

const asSent = ({ method, path, headers, body }: ServiceSpec['traffic'][number]): LoadRequest => ({
  method,
  path,
  headers: {
    ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
    ...headers,
  },
  body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
});
