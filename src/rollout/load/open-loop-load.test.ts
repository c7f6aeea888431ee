import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { findSaturation, runLoad } from './open-loop-load.ts';
import { percentile } from './percentile.ts';

let server: Server | undefined;

const serve = async (listener: RequestListener): Promise<string> => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`;
};

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const plan = { body: () => '{}', rate: 100, warmupSeconds: 0.2, seconds: 1, connections: 8 };

describe('open-loop load', () => {
  it('counts every planned request after the warm-up and reaches the asked rate', async () => {
    const bodies: string[] = [];
    const url = await serve(async (incoming, outgoing) => {
      for await (const part of incoming) bodies.push(String(part));
      outgoing.end('{}');
    });
    const result = await runLoad({ ...plan, url, body: (index) => `{"n":${index}}` });
    expect(result).toMatchObject({ requests: 100, errors: 0, statusCounts: { 200: 100 } });
    expect(result.achievedRps).toBeGreaterThan(50);
    expect(new Set(bodies).size).toBe(120);
  });

  it('measures a known delay', async () => {
    const url = await serve((_, outgoing) => setTimeout(() => outgoing.end('{}'), 40));
    const { latency } = await runLoad({ ...plan, url });
    expect(latency.p50).toBeGreaterThanOrEqual(39);
    expect(latency.p50).toBeLessThan(500);
    expect(latency.p50).toBeLessThanOrEqual(latency.p95);
    expect(latency.p99).toBeLessThanOrEqual(latency.max);
  });

  it('counts the time that a request waits for a free connection', async () => {
    const url = await serve((_, outgoing) => setTimeout(() => outgoing.end('{}'), 50));
    const { latency, achievedRps } = await runLoad({ ...plan, url, connections: 1, seconds: 0.5, warmupSeconds: 0 });
    expect(latency.max).toBeGreaterThan(1000);
    expect(achievedRps).toBeLessThan(25);
  });

  it('shows one long pause in the slowest requests, not only in the one that met it', async () => {
    const begin = Date.now();
    const url = await serve((_, outgoing) => {
      const left = begin + 900 - Date.now();
      setTimeout(() => outgoing.end('{}'), left > 0 && left < 400 ? left : 0);
    });
    const { latency } = await runLoad({ ...plan, url, warmupSeconds: 0 });
    expect(latency.p95).toBeGreaterThan(50);
  });

  it('counts refusals and cut connections as errors and does not try again', async () => {
    let seen = 0;
    const url = await serve((incoming, outgoing) => {
      seen++;
      if (seen % 4 === 1) incoming.socket.destroy();
      else outgoing.writeHead(seen % 4 === 2 ? 503 : 200).end('{}');
    });
    const result = await runLoad({ ...plan, url, warmupSeconds: 0, connections: 1 });
    expect(seen).toBe(100);
    expect(result.errors).toBe(50);
    expect(result.statusCounts).toMatchObject({ 200: 50, 503: 25 });
  });

  it('has no finite latency when nothing answers', async () => {
    const url = await serve(() => {});
    server?.close();
    const result = await runLoad({ ...plan, url, seconds: 0.2, warmupSeconds: 0 });
    expect(result).toMatchObject({ requests: 20, errors: 20, statusCounts: { ECONNREFUSED: 20 }, achievedRps: 0 });
    expect(result.latency.p95).toBe(Number.POSITIVE_INFINITY);
  });

  it('stops at once when it is cancelled', async () => {
    const url = await serve((_, outgoing) => outgoing.end('{}'));
    const begin = performance.now();
    await expect(runLoad({ ...plan, url, seconds: 30, signal: AbortSignal.timeout(150) })).rejects.toThrow('timeout');
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  it.each(['http://8.8.8.8/', 'http://[2001:4860:4860::8888]/', 'https://127.0.0.1/', 'ftp://localhost/', 'predict'])(
    'refuses %s',
    async (url) => {
      await expect(runLoad({ ...plan, url })).rejects.toMatchObject({ code: 'usage' });
    },
  );

  it('refuses a rate that is no rate', async () => {
    await expect(runLoad({ ...plan, url: 'http://127.0.0.1:1/', rate: 0 })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('saturation', () => {
  it('finds what a service can do, within five seconds', async () => {
    let free = 0;
    const url = await serve((_, outgoing) => {
      free = Math.max(free, performance.now()) + 5;
      setTimeout(() => outgoing.end('{}'), free - performance.now());
    });
    const begin = performance.now();
    const { rps } = await findSaturation({ url, body: () => '{}', startRate: 50, limitRate: 5000 });
    expect(performance.now() - begin).toBeLessThan(6000);
    // A machine that is busy otherwise reaches less, and never more.
    expect(rps).toBeGreaterThan(0);
    expect(rps).toBeLessThan(260);
  });

  it('stops at the limit that it was given', async () => {
    const url = await serve((_, outgoing) => outgoing.end('{}'));
    const { rps } = await findSaturation({ url, body: () => '{}', startRate: 50, limitRate: 100 });
    expect(rps).toBeLessThanOrEqual(101);
    expect(rps).toBeGreaterThan(0);
  });
});

it('takes percentiles by nearest rank', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBe(Number.POSITIVE_INFINITY);
});
