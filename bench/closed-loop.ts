import { connect } from 'node:net';

export type Throughput = { rps: number; p50: number; p99: number; refused: number };

/**
 * Each connection sends its next request when the last is answered. On bare sockets, since an HTTP client costs more
 * than the services that are compared.
 */
export const closedLoop = async (
  port: number,
  body: string,
  connections: number,
  seconds: number,
  path = '/predict',
) => {
  const text = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n`;
  const message = Buffer.from(`${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const latencies: number[] = [];
  let refused = 0;
  const end = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, () =>
      exchange(port, message, end, (milliseconds, ok) => {
        latencies.push(milliseconds);
        if (!ok) refused++;
      }),
    ),
  );
  latencies.sort((a, b) => a - b);
  const rank = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN;
  return {
    rps: latencies.length / seconds,
    p50: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
    refused,
  } satisfies Throughput & { p95: number };
};

const exchange = (port: number, message: Buffer, end: number, record: (milliseconds: number, ok: boolean) => void) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sent = 0;
    let received = '';
    const next = () => {
      sent = performance.now();
      socket.write(message);
    };
    socket.setEncoding('latin1');
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (part) => {
      received += part;
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received.slice(0, head))?.[1] ?? 0);
      if (received.length < head + 4 + length) return;
      const now = performance.now();
      record(now - sent, received.startsWith('HTTP/1.1 200'));
      received = '';
      if (now < end) next();
      else socket.end();
    });
  });
