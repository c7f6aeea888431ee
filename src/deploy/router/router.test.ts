import { describe, expect, it } from 'vitest';
import { smoothRoundRobin } from './choose-server.ts';
import { haproxyCommands, haproxyConfig } from './haproxy-config.ts';
import { refusalIn, statOf } from './haproxy-socket.ts';
import { parseLogLine, type RoutedServer, weightsFor } from './router.ts';

const blue = (weight: number, port = 5001, index = 0): RoutedServer => ({ pool: 'blue', index, port, weight });
const green = (weight: number, port = 5002, index = 0): RoutedServer => ({ pool: 'green', index, port, weight });

describe('weights', () => {
  it.each([
    [0.05, 1, 1],
    [0.25, 3, 2],
    [0.01, 1, 1],
    [0.99, 1, 1],
    [0.333, 16, 1],
  ])('give a share of %d with %d and %d servers within a tenth of a point', (share, first, second) => {
    const weights = weightsFor(share, { first, second });
    const reached = (weights.second * second) / (weights.second * second + weights.first * first);
    expect(Math.abs(reached - share)).toBeLessThan(0.001);
    expect(Math.max(weights.first, weights.second)).toBeLessThanOrEqual(256);
  });
  it('are none for a share of nothing, and for nobody', () => {
    expect(weightsFor(0, { first: 1, second: 1 })).toEqual({ first: 256, second: 0 });
    expect(weightsFor(1, { first: 1, second: 1 })).toEqual({ first: 0, second: 256 });
    expect(weightsFor(0.5, { first: 1, second: 0 })).toEqual({ first: 256, second: 0 });
    expect(weightsFor(0.5, { first: 0, second: 1 })).toEqual({ first: 0, second: 256 });
  });
});

describe('smooth round robin', () => {
  it('gives each its exact share in any run of requests as long as the weights', () => {
    const servers = [blue(19), green(1)];
    const choice = smoothRoundRobin(servers);
    const chosen = Array.from({ length: 2000 }, () => choice.choose(new Set())!.pool);
    for (let from = 0; from < 2000; from += 20) {
      expect(chosen.slice(from, from + 20).filter((pool) => pool === 'green').length).toBe(1);
    }
  });
  it('leaves out those that failed and those without weight', () => {
    const servers = [blue(1), blue(1, 5003, 1), green(0)];
    expect(smoothRoundRobin(servers).choose(new Set([servers[0]!]))).toBe(servers[1]);
    expect(smoothRoundRobin(servers).choose(new Set(servers.slice(0, 2)))).toBeNull();
  });
});

describe('HAProxy', () => {
  it('starts with the servers that there are, and with room for others', () => {
    const text = haproxyConfig({ address: '127.0.0.1', port: 8000, socket: '/s', logPort: 9, servers: [blue(243)] });
    expect(text).toContain('server blue0 127.0.0.1:5001 check weight 243\n');
    expect(text).toContain('server green15 127.0.0.1:1 check weight 0 disabled\n');
    expect(text).toContain('bind 127.0.0.1:8000');
  });
  it('is told of a new server before an old one loses its traffic', () => {
    expect(haproxyCommands([blue(256)], [blue(243), green(13)])).toEqual([
      'set server versions/green0 state maint',
      'set server versions/green0 addr 127.0.0.1 port 5002',
      'set server versions/green0 weight 13',
      'enable health versions/green0',
      'set server versions/green0 state ready',
      'set server versions/blue0 weight 243',
    ]);
    expect(haproxyCommands([blue(243), green(13)], [blue(0), green(256)])).toEqual([
      'set server versions/green0 weight 256',
      'set server versions/blue0 weight 0',
    ]);
    expect(haproxyCommands([blue(0), green(256)], [green(256)])).toEqual([
      'set server versions/green0 weight 256',
      'set server versions/blue0 state maint',
    ]);
  });
  it('says what it refused, and how much is in flight', () => {
    expect(refusalIn('\nNo such server.\n')).toBe('No such server.');
    expect(refusalIn('\n\nIP changed from 127.0.0.1 to 127.0.0.1 by stats socket command\n')).toBeNull();
    const csv = '# pxname,svname,qcur,qmax,scur,a,b,c,d,e,f\nversions,blue0,0,0,3,0,0,0,0,0,0\n';
    expect(statOf(csv, 'scur')).toEqual(new Map([['blue0', 3]]));
  });
});

describe('a log line', () => {
  it.each([
    ['blue0 200 12 1700000000123', { pool: 'blue', status: 200, ms: 12, at: 1700000000123 }],
    ['green11 -1 5000 1700000000123\n', { pool: 'green', status: 0, ms: 5000, at: 1700000000123 }],
    ['<NOSRV> 503 0 1700000000123', null],
    ['versions', null],
  ])('%s', (line, request) => {
    expect(parseLogLine(line)).toEqual(request);
  });
});
