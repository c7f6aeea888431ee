import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openCage } from './process-limits.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Files as the kernel shows them: whether it holds what is written there is for the tests on real groups. */
const kernel = (files: string[]): string => {
  const root = mkdtempSync(path.join(tmpdir(), 'specwright-groups-'));
  folders.push(root);
  for (const file of files) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), '');
  }
  return root;
};
const limits = { memoryMb: 150, cpus: 0.5 };

it('one group of version 2 holds memory and processors, beside the group of the process itself', () => {
  const names = ['memory.max', 'memory.swap.max', 'memory.oom.group', 'cpu.max', 'memory.events', 'cgroup.procs'];
  // The group of a process takes no children: none of the kernel's files would be in one.
  const root = kernel([
    'user.slice/session.scope/cgroup.procs',
    'user.slice/cgroup.subtree_control',
    ...names.map((name) => `user.slice/specwright-shop-1/${name}`),
  ]);
  const cage = openCage('shop-1', limits, {
    mounts: `cgroup2 ${root} cgroup2 rw 0 0`,
    own: '0::/user.slice/session.scope',
  });
  const read = (name: string) => readFileSync(path.join(root, 'user.slice/specwright-shop-1', name), 'utf8');
  expect(cage.enforced).toEqual({ memory: 'cgroup v2', cpus: 'cgroup v2' });
  expect(names.slice(0, 4).map(read)).toEqual(['150000000', '0', '1', '50000 100000']);
  expect(readFileSync(path.join(root, 'user.slice/cgroup.subtree_control'), 'utf8')).toBe('+memory +cpu');
  expect(existsSync(path.join(root, 'user.slice/session.scope/specwright-shop-1'))).toBe(false);
  writeFileSync(path.join(root, 'user.slice/specwright-shop-1/memory.events'), 'low 0\noom 2\noom_kill 2\n');
  expect(cage.memoryKills()).toBe(2);
  const [shell, , script, , group, ...command] = cage.argv(['node', 'server.js']);
  expect([shell, command]).toEqual(['/bin/sh', ['node', 'server.js']]);
  expect(group).toBe(path.join(root, 'user.slice/specwright-shop-1/cgroup.procs'));
  expect(script).toMatch(/exec "\$@"$/);
});

it('a group of version 1 in each hierarchy', () => {
  const root = kernel([
    'memory/own/specwright-shop-1/memory.limit_in_bytes',
    'cpu/specwright-shop-1/cpu.cfs_period_us',
    'cpu/specwright-shop-1/cpu.cfs_quota_us',
  ]);
  const cage = openCage('shop-1', limits, {
    mounts: `cgroup ${root}/memory cgroup rw,memory 0 0\ncgroup ${root}/cpu cgroup rw,cpu,cpuacct 0 0`,
    own: '4:cpu,cpuacct:/elsewhere\n9:memory:/own',
  });
  expect(cage.enforced).toEqual({ memory: 'cgroup v1', cpus: 'cgroup v1' });
  expect(cage.argv(['node']).slice(4, 6)).toEqual([
    path.join(root, 'memory/own/specwright-shop-1/cgroup.procs'),
    path.join(root, 'cpu/specwright-shop-1/cgroup.procs'),
  ]);
});

it('where nothing can be written memory is watched, and processors are said not to be limited', () => {
  const cage = openCage('shop-1', limits, { mounts: '', own: '' });
  expect(cage.enforced).toEqual({
    memory: existsSync('/proc/self') ? 'watched' : 'not enforced',
    cpus: 'not enforced',
  });
  expect(cage.argv(['node'])).toEqual(['node']);
});

it('without limits nothing is opened', () => {
  const root = kernel(['cgroup.subtree_control']);
  const cage = openCage('shop-1', { memoryMb: null, cpus: null }, { mounts: `c ${root} cgroup2 rw`, own: '0::/' });
  expect(cage).toMatchObject({ enforced: { memory: null, cpus: null } });
  expect(readFileSync(path.join(root, 'cgroup.subtree_control'), 'utf8')).toBe('');
});
