import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ServiceSpec, SmokeRequest } from '../../artifacts/service/service-spec.ts';
import type { Instance, Target } from '../../deploy/target/target.ts';
import { messageOf } from '../../errors.ts';

export type ProbeLog = (line: string) => void;

const probeMs = 2000;
const answerMs = 30_000;
const betweenMs = 40;
/** A version that had to be started this often before it was ready ends by itself. */
const mostStarts = 3;

export const probe = async (instance: Instance, path: string): Promise<{ ok: boolean; said: string }> => {
  try {
    const answer = await fetch(urlOf(instance, path), { signal: AbortSignal.timeout(probeMs) });
    await answer.arrayBuffer();
    return { ok: answer.ok, said: String(answer.status) };
  } catch (error) {
    return { ok: false, said: causeOf(error) };
  }
};

/** Null when every copy has passed its probe as often in a row as the spec wants; else why it did not. */
export const awaitReady = async (
  target: Target,
  { instances, probes }: { instances: Instance[]; probes: ServiceSpec['probes'] },
  { log, signal }: { log: ProbeLog; signal: AbortSignal },
): Promise<string | null> => {
  const reasons = await Promise.all(
    instances.map(async (instance) => {
      const began = performance.now();
      let passes = 0;
      let last = '';
      for (let tries = 0; performance.now() - began < probes.limit_seconds * 1000; tries++) {
        signal.throwIfAborted();
        const { ok, said } = await probe(instance, probes.ready);
        if (said !== last || ok) log(`${instance.name} ${probes.ready}: ${said}`);
        last = said;
        passes = ok ? passes + 1 : 0;
        if (passes >= probes.passes) return null;
        const state = !ok && tries % 10 === 9 ? await target.state(instance) : null;
        if (state && state.starts >= mostStarts)
          return `${instance.name} ended by itself again and again${state.ended ? `: ${state.ended}` : ''}`;
        await sleep(betweenMs, undefined, { signal });
      }
      return `${instance.name} was not ready after ${probes.limit_seconds} s: ${probes.ready} said ${last || 'nothing'}`;
    }),
  );
  return reasons.find((reason) => reason !== null) ?? null;
};

/** Null when every request of the spec is answered as it must be; else the first that is not. */
export const smoke = async (instances: Instance[], requests: SmokeRequest[], log: ProbeLog): Promise<string | null> => {
  for (const instance of instances) {
    for (const request of requests) {
      const wrong = await wrongAnswer(instance, request);
      const what = `${request.method} ${request.path} on ${instance.name}`;
      log(`${what}: ${wrong ?? 'as expected'}`);
      if (wrong) return `${what}: ${wrong}`;
    }
  }
  return null;
};

const wrongAnswer = async (instance: Instance, request: SmokeRequest): Promise<string | null> => {
  const { expect } = request;
  let status: number;
  let text: string;
  try {
    const answer = await fetch(urlOf(instance, request.path), {
      method: request.method,
      headers: { 'content-type': 'application/json', ...request.headers },
      ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
      signal: AbortSignal.timeout(answerMs),
    });
    status = answer.status;
    text = await answer.text();
  } catch (error) {
    return `no answer: ${causeOf(error)}`;
  }
  if (status !== expect.status) return `status ${status}, not ${expect.status}: ${text.slice(0, 300)}`;
  if (expect.body === undefined && expect.schema === undefined) return null;
  return wrongBody(text, expect);
};

export const bodyOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** What is wrong with an answer's body; JSON has neither NaN nor infinity, so that these are wrong as well. */
export const wrongBody = (
  text: string,
  expect: Pick<SmokeRequest['expect'], 'body' | 'schema' | 'tolerance'>,
): string | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `the answer is not JSON: ${text.slice(0, 200)}`;
  }
  if (expect.schema) {
    const parsed = z.fromJSONSchema(expect.schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
    if (!parsed.success)
      return `the answer is not of the schema: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`;
  }
  return expect.body === undefined ? null : difference(expect.body, value, { at: '', tolerance: expect.tolerance });
};

/** The first place where the answer is not as expected; what the answer has beyond that does not count. */
const difference = (
  expected: unknown,
  found: unknown,
  { at, tolerance }: { at: string; tolerance: number },
): string | null => {
  if (typeof expected === 'number' && typeof found === 'number') {
    const close = Math.abs(expected - found) <= tolerance * Math.max(1, Math.abs(expected));
    return close ? null : `${at || 'the answer'} is ${found}, not ${expected}`;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length)
      return `${at || 'the answer'} is no list of ${expected.length}`;
    return first(expected.map((one, index) => difference(one, found[index], { at: `${at}[${index}]`, tolerance })));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof found !== 'object' || found === null) return `${at || 'the answer'} is no object`;
    const own = found as Record<string, unknown>;
    return first(
      Object.entries(expected).map(([key, one]) =>
        difference(one, own[key], { at: at ? `${at}.${key}` : key, tolerance }),
      ),
    );
  }
  return expected === found
    ? null
    : `${at || 'the answer'} is ${JSON.stringify(found) ?? 'missing'}, not ${JSON.stringify(expected)}`;
};

const first = (reasons: (string | null)[]): string | null => reasons.find((reason) => reason !== null) ?? null;

const urlOf = ({ port }: Instance, path: string): string => `http://127.0.0.1:${port}${path}`;

/** `fetch failed` says nothing; what caused it does. */
const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message || messageOf(error) : messageOf(error);
