/**
 * The router for machines without HAProxy: `node builtin-program.ts PLAN`. Takes requests on one address, sends each to
 * a server by weight, and takes commands on a socket of its own, a line of JSON each. Runs under the supervisor.
 */
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createControl } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createProxyServer } from 'httpxy';
import type { Pool } from '../target/target.ts';
import { type Choice, smoothRoundRobin } from './choose-server.ts';
import { type RoutedServer, serverName } from './router.ts';

export type BuiltinPlan = { address: string; port: number; socket: string; logPort: number; servers: string };
export type BuiltinCommand =
  | { verb: 'apply'; servers: RoutedServer[] }
  | { verb: 'in flight'; pool: Pool }
  | { verb: 'cut'; pool: Pool };

/** Bodies up to this size are kept for a second try. */
const keptBodyBytes = 1 << 20;
const mostTries = 3;
/** Shorter than the keep-alive of the services: an idle connection is closed by us, never under a request. */
const idleMs = 2000;
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const notConnected = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

type Attempt = { server: RoutedServer; response: ServerResponse };

const serve = (plan: BuiltinPlan): void => {
  const proxy = createProxyServer();
  const agent = new Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: 256 });
  const log = createSocket('udp4');
  log.on('error', () => undefined); // nobody listens: the request was answered all the same
  log.unref();
  const running = new Set<Attempt>();
  let servers: RoutedServer[] = [];
  let choice: Choice = smoothRoundRobin([]);
  const apply = (next: RoutedServer[]) => {
    servers = next;
    choice = smoothRoundRobin(servers);
  };
  if (existsSync(plan.servers)) apply(JSON.parse(readFileSync(plan.servers, 'utf8')) as RoutedServer[]);

  const attempt = async (
    request: IncomingMessage,
    response: ServerResponse,
    server: RoutedServer,
    body: Buffer | null,
  ) => {
    const entry = { server, response };
    running.add(entry);
    try {
      const target = `http://127.0.0.1:${server.port}`;
      await proxy.web(request, response, { target, agent, ...(body ? { buffer: Readable.from([body]) } : {}) });
    } finally {
      running.delete(entry);
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const came = Date.now();
    const begin = performance.now();
    const body = await keptBody(request);
    const failed = new Set<RoutedServer>();
    for (let tries = 1; ; tries++) {
      const server = choice.choose(failed);
      if (!server) return void response.writeHead(503, { 'content-type': 'text/plain' }).end('no version is up\n');
      try {
        await attempt(request, response, server, body);
        const whole = response.writableFinished;
        const ms = Math.round(performance.now() - begin);
        const status = whole || response.headersSent ? response.statusCode : 0;
        log.send(`${serverName(server)} ${whole ? status : 0} ${ms} ${came}`, plan.logPort, '127.0.0.1');
        return;
      } catch (error) {
        failed.add(server);
        if (tries < mostTries && mayRepeat(request, response, error, body)) continue;
        log.send(
          `${serverName(server)} 502 ${Math.round(performance.now() - begin)} ${came}`,
          plan.logPort,
          '127.0.0.1',
        );
        if (response.headersSent) response.destroy();
        else response.writeHead(502, { 'content-type': 'text/plain' }).end('the version gave no answer\n');
        return;
      }
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy()); // the client has gone while it was sending
  });
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 0;
  server.listen(plan.port, plan.address);

  const answer = (command: BuiltinCommand): unknown => {
    if (command.verb === 'apply') return apply(command.servers);
    const of = [...running].filter((one) => one.server.pool === command.pool);
    if (command.verb === 'cut') for (const { response } of of) response.destroy();
    return of.length;
  };
  rmSync(plan.socket, { force: true });
  const control = createControl((connection) => {
    connection.on('error', () => undefined); // who asked has gone
    createInterface({ input: connection }).on('line', (line) => {
      connection.write(`${JSON.stringify(answer(JSON.parse(line) as BuiltinCommand) ?? null)}\n`);
    });
  });
  control.listen(plan.socket);

  process.on('SIGTERM', () => {
    control.close();
    agent.destroy();
    server.close(() => log.close());
    server.closeIdleConnections();
  });
};

/** Small bodies whole, so that they can be sent again; null: it is passed on as it comes. */
const keptBody = async (request: IncomingMessage): Promise<Buffer | null> => {
  const length = Number(request.headers['content-length'] ?? (request.headers['transfer-encoding'] ? Number.NaN : 0));
  if (!(length <= keptBodyBytes)) return null;
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

/** Nothing was answered yet, and either nothing was sent or sending twice does no harm. */
const mayRepeat = (
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  body: Buffer | null,
): boolean => {
  if (body === null || response.headersSent || response.destroyed) return false;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return notConnected.has(code) || idempotent.has(request.method ?? '');
};

serve(JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as BuiltinPlan);
