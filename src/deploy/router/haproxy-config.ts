import { pools } from '../target/target.ts';
import { placesPerPool, type RoutedServer, serverName } from './router.ts';

export type HaproxyPlan = { address: string; port: number; socket: string; logPort: number; servers: RoutedServer[] };

export const backend = 'versions';

/** No address: the place is empty, and its server in maintenance. */
const nowhere = '127.0.0.1:1';

/**
 * The whole configuration. It is read when HAProxy starts; afterwards places are filled and emptied through the
 * socket, and the file is written anew, so that a start after a crash comes up with what there was.
 */
export const haproxyConfig = ({ address, port, socket, logPort, servers }: HaproxyPlan): string =>
  `# Written by specwright at every change; HAProxy reads it only when it starts.
global
    stats socket ${socket} mode 600 level admin
    stats timeout 1m
    maxconn 4000
    log 127.0.0.1:${logPort} len 256 format raw local0

defaults
    mode http
    log global
    # server, status, milliseconds from the first byte of the request to the last of the answer, when it came
    log-format "%s %ST %Ta %Ts%ms"
    timeout connect 2s
    timeout client 300s
    timeout server 300s
    timeout http-request 15s
    timeout http-keep-alive 75s
    timeout queue 5s
    # A request whose connection failed goes to another server; one that was sent is sent again only where that is safe.
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response

frontend requests
    bind ${address}:${port}
    http-request disable-l7-retry unless METH_GET or METH_HEAD or METH_OPTIONS or { method PUT DELETE }
    default_backend ${backend}

backend ${backend}
    balance roundrobin
    # An idle connection is closed by us before the service closes it under a request.
    http-reuse safe
    default-server inter 500ms fall 2 rise 1 pool-purge-delay 2s
${places(servers).join('\n')}
`;

const places = (servers: RoutedServer[]): string[] =>
  pools.flatMap((pool) =>
    Array.from({ length: placesPerPool }, (_, index) => {
      const server = servers.find((one) => one.pool === pool && one.index === index);
      const name = serverName({ pool, index });
      return server
        ? `    server ${name} 127.0.0.1:${server.port} check weight ${server.weight}`
        : `    server ${name} ${nowhere} check weight 0 disabled`;
    }),
  );

/** The commands that bring the places from one set of servers to another, those that take traffic first. */
export const haproxyCommands = (before: RoutedServer[], after: RoutedServer[]): string[] => {
  const same = (one: RoutedServer) => (other: RoutedServer) => one.pool === other.pool && one.index === other.index;
  const at = (one: RoutedServer) => `${backend}/${serverName(one)}`;
  const moved = (one: RoutedServer) => before.find(same(one))?.port !== one.port;
  return [
    // Out of maintenance a server counts as up; one that was down would first have to pass a check at its new address.
    ...after
      .filter(moved)
      .flatMap((one) => [
        `set server ${at(one)} state maint`,
        `set server ${at(one)} addr 127.0.0.1 port ${one.port}`,
        `set server ${at(one)} weight ${one.weight}`,
        `enable health ${at(one)}`,
        `set server ${at(one)} state ready`,
      ]),
    ...after
      .filter((one) => !moved(one))
      .sort((a, b) => b.weight - a.weight)
      .map((one) => `set server ${at(one)} weight ${one.weight}`),
    ...before.filter((one) => !after.some(same(one))).map((one) => `set server ${at(one)} state maint`),
  ];
};
