import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type Answered = { status: number; text: string };

/** One request on a keep-alive connection, never sent twice; status 0: no whole answer. */
export const ask = (url: string, agent: Agent, method = 'GET', body = ''): Promise<Answered> =>
  new Promise((resolve) => {
    const outgoing = request(
      url,
      { method, agent, headers: { 'content-length': Buffer.byteLength(body) } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.once('end', () => resolve({ status: answer.complete ? (answer.statusCode ?? 0) : 0, text }));
        answer.once('error', () => resolve({ status: 0, text }));
      },
    );
    outgoing.once('error', () => resolve({ status: 0, text: '' }));
    outgoing.end(body);
  });

export const keepAlive = (): Agent => new Agent({ keepAlive: true, maxSockets: 64 });

/** `lastSent`: when the last request that a version answered was sent, ms since 1970. */
export type Totals = {
  requests: number;
  failed: number;
  byVersion: Record<string, number>;
  failedByVersion: Record<string, number>;
  lastSent: Record<string, number>;
};

/** Open-loop requests at a constant rate until it is stopped; every answer other than 200 counts as failed. */
export const steadyTraffic = (
  url: string,
  { rate, method = 'GET' }: { rate: number; method?: string },
): { stop(): Promise<Totals>; totals: Totals } => {
  const agent = keepAlive();
  const totals: Totals = { requests: 0, failed: 0, byVersion: {}, failedByVersion: {}, lastSent: {} };
  const open = new Set<Promise<void>>();
  let running = true;
  const send = async () => {
    totals.requests++;
    const sent = Date.now();
    const { status, text } = await ask(url, agent, method);
    const version = /"version":"([^"]+)"/.exec(text)?.[1] ?? 'none';
    if (status !== 200) {
      totals.failed++;
      totals.failedByVersion[version] = (totals.failedByVersion[version] ?? 0) + 1;
    }
    totals.byVersion[version] = (totals.byVersion[version] ?? 0) + 1;
    totals.lastSent[version] = Math.max(sent, totals.lastSent[version] ?? 0);
  };
  const loop = async () => {
    const begin = performance.now();
    for (let sent = 0; running; sent++) {
      const due = begin + (sent * 1000) / rate;
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      const one = send();
      open.add(one);
      void one.finally(() => open.delete(one));
    }
  };
  const ended = loop();
  return {
    totals,
    async stop() {
      running = false;
      await ended;
      await Promise.all(open);
      agent.destroy();
      return totals;
    },
  };
};
