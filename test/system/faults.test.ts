import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJournal } from '../../src/pipeline/journal.ts';
import { type Ended, emptyFolder, entriesOf, expectNoStack, packageFolder, specwright } from './command-line.ts';
import { createArgs, processesOf } from './killing.ts';

const folder = emptyFolder();
const requirements = path.join(folder, 'requirements');
const trained = path.join(folder, 'trained');
const journalOf = (root: string) => readJournal(path.join(root, '.specwright/journal.jsonl'));
const call = (args: string[], environment: Record<string, string> = {}, limitMs = 200_000) =>
  specwright(args, { cwd: folder, environment, limitMs });
const passes = async (args: string[], environment: Record<string, string> = {}) => {
  const ended = await call(args, environment);
  expect(ended.code, ended.all).toBe(0);
  return ended;
};
/** A project of its own for one test; what is copied stands where the base project stands. */
const copyOf = (base: string, name: string): string => {
  execFileSync('cp', ['-a', base, path.join(folder, name)]);
  return path.join(folder, name);
};
/** Failed as a tool or machine fails: told in a sentence with what to do next, no stack, and the journal whole. */
const expectTold = (ended: Ended, root: string, exit: number, what: RegExp) => {
  expect(ended.all).toMatch(what);
  expect(ended.code, ended.all).toBe(exit);
  expectNoStack(ended.all);
  expect(journalOf(root).at(-1)?.kind).toBe('run.ended');
  expect(existsSync(path.join(root, '.specwright/lock'))).toBe(false);
};

beforeAll(async () => {
  await passes(createArgs(requirements, '1.1'));
  await passes(createArgs(trained, '2.4'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('pip', () => {
  const cache = path.join(folder, 'cache');

  test.each([
    ['without an index', { PIP_NO_INDEX: '1' }],
    ['with an index that does not answer', { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '0' }],
  ])('%s is told with what to do, and leaves no half environment', async (name, settings) => {
    const root = copyOf(requirements, `pip ${name}`);
    const offline = { PIP_CONFIG_FILE: '/dev/null', PIP_FIND_LINKS: '', PIP_EXTRA_INDEX_URL: '', ...settings };
    const ended = await call(['resume', root, '--yes', '--until', '1.2'], { SPECWRIGHT_CACHE: cache, ...offline });
    expectTold(ended, root, 4, /package index cannot be reached: check the network/);
    expect(entriesOf(path.join(cache, 'environments'))).toEqual([]);
    await passes(['resume', root, '--yes', '--until', '1.2']);
  });
});

describe('a port', () => {
  test('that is taken is left to its holder: the service takes another', async () => {
    const root = copyOf(trained, 'port');
    const holder = createServer().listen(8000, '127.0.0.1');
    const isOurs = await new Promise<boolean>((resolve) => {
      holder.once('listening', () => resolve(true));
      holder.once('error', () => resolve(false)); // somebody else holds it, which is as good
    });
    try {
      await passes(['up', root]);
      const service = JSON.parse(readFileSync(path.join(root, '.specwright/service.json'), 'utf8'));
      expect(service.port).toBeGreaterThan(8000);
      expect((await fetch(`${service.url}/health`)).status).toBe(200);
      await passes(['down', root]);
    } finally {
      if (isOurs) holder.close();
    }
    expect(processesOf(root)).toEqual([]);
  });
});

describe('Docker', () => {
  const dockerSocket = '/var/run/docker.sock';
  const hasEngine = (() => {
    try {
      return execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'pipe' }).length > 0;
    } catch {
      return false;
    }
  })();
  const toDocker = (root: string, until: string) => ['resume', root, '--yes', '--target', 'docker', '--until', until];

  test('that is not installed is a refusal, which says how to get it or do without', async () => {
    const root = copyOf(trained, 'docker-missing');
    const programs = path.join(folder, 'programs');
    mkdirSync(programs);
    symlinkSync(process.execPath, path.join(programs, 'node'));
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
    const ended = await call(toDocker(root, '3.1'), { PATH: programs, SPECWRIGHT_PYTHON: python });
    expectTold(ended, root, 3, /docker is not installed.*apt-get install docker\.io.*--target process/s);
  });

  test('whose daemon is gone is a refusal within seconds', async () => {
    const root = copyOf(trained, 'docker-gone');
    const started = performance.now();
    const ended = await call(toDocker(root, '3.1'), { DOCKER_HOST: `unix://${path.join(folder, 'nobody.sock')}` });
    expect(performance.now() - started).toBeLessThan(20_000);
    expectTold(ended, root, 3, /Docker daemon does not answer\. Start it: sudo systemctl start docker/);
  });

  test.skipIf(!hasEngine)('whose daemon goes away while the image is built is told, and resume goes on', async () => {
    const root = copyOf(trained, 'docker-going');
    const socket = path.join(folder, 'd.sock');
    const proxy = await proxyThatDies(socket, dockerSocket, /POST \/v[\d.]+\/build/);
    const ended = await call(toDocker(root, '3.2'), { DOCKER_HOST: `unix://${socket}` });
    expect(proxy.died()).toBe(true);
    expectTold(ended, root, 4, /Building the image failed.*specwright doctor/s);
    const resumed = await call(toDocker(root, '3.2'), {}, 280_000);
    expect(resumed.code, resumed.all).toBe(0);
    expect(resumed.stdout).toMatch(/3\.1 runtime +up to date/);
  });
});

/** Passes everything on until the client says `last`; then it and its socket are gone. */
const proxyThatDies = async (socket: string, engine: string, last: RegExp): Promise<{ died(): boolean }> => {
  let died = false;
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(engine);
    for (const one of [client, upstream]) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => open.delete(one));
    }
    client.on('data', (chunk) => {
      if (!last.test(chunk.toString('latin1'))) return;
      died = true;
      for (const one of open) one.destroy();
      server.close();
    });
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { died: () => died };
};

describe('a full disk', () => {
  const place = path.join(folder, 'disk');
  const mounted = (() => {
    if (process.getuid?.() !== 0) return false;
    mkdirSync(place, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', place], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  })();
  afterAll(() => {
    if (mounted) execFileSync('umount', [place]);
  });

  test.skipIf(!mounted).each([0, 40, 400])(
    'with %i kB left is told, the journal stays whole, and resume goes on when there is room',
    async (kilobytes) => {
      rmSync(path.join(place, 'filler'), { force: true });
      const root = path.join(place, `left-${kilobytes}`);
      execFileSync('cp', ['-a', requirements, root]);
      const filler = path.join(place, 'filler');
      const free = Number(execFileSync('df', ['--output=avail', '-k', place], { encoding: 'utf8' }).split('\n')[1]);
      execFileSync('fallocate', ['-l', `${free - kilobytes}k`, filler]);
      const before = journalOf(root).length;
      const ended = await call(['resume', root, '--yes', '--until', '1.3']);
      expect(ended.all).toMatch(/No space left/i);
      expect(ended.code, ended.all).toBe(4);
      expectNoStack(ended.all);
      rmSync(filler);
      expect(journalOf(root).length).toBeGreaterThanOrEqual(before);
      execFileSync('mount', ['-o', 'remount,size=96m', place]);
      await passes(['resume', root, '--yes', '--until', '1.3']);
      expect(readdirSync(path.join(root, 'spec')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      rmSync(root, { recursive: true });
      execFileSync('mount', ['-o', 'remount,size=24m', place]);
    },
  );
});

describe('a large table', () => {
  test('of 100 MB is read in bounded memory, and leaves nothing behind', async () => {
    const file = path.join(folder, 'large.csv');
    const rows = writeLargeTable(file, 100e6);
    const work = path.join(folder, 'large');
    mkdirSync(work);
    const brief = 'Predict the column label from the measurements x0 to x9. Accuracy at least 80%.';
    const child = spawn(
      process.execPath,
      [
        path.join(packageFolder, 'bin/specwright.js'),
        'create',
        brief,
        '--data',
        file,
        '--out',
        'project',
        '--yes',
        '--until',
        '1.1',
      ],
      { cwd: work, stdio: 'ignore', env: { ...process.env, TMPDIR: work } },
    );
    let peakMb = 0;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const watching = setInterval(() => {
      peakMb = Math.max(peakMb, memoryUnder(work));
    }, 200);
    expect(await ended).toBe(0);
    clearInterval(watching);
    expect(peakMb).toBeGreaterThan(50);
    expect(peakMb).toBeLessThan(1500);
    expect(readFileSync(path.join(work, 'project/spec/requirements.md'), 'utf8')).toMatch(
      /subject: target\n.*\n *value: label/,
    );
    // Node and torch keep caches of their own where temporary files lie.
    expect(entriesOf(work).filter((name) => !/^(node-compile-cache|torchinductor_)/.test(name))).toEqual(['project']);
    expect(rows).toBeGreaterThan(900_000);
  });
});

/** Memory (MB) of the processes that work in the folder. */
const memoryUnder = (work: string): number =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => {
      try {
        if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(work)) return sum;
        return sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
      } catch {
        return sum; // it has ended in between
      }
    }, 0);

/** Ten columns of numbers and a label; every row is another one. Returns the number of rows. */
const writeLargeTable = (file: string, bytes: number): number => {
  const block = Array.from({ length: 20_000 }, (_, row) => {
    const values = Array.from({ length: 10 }, (_, column) => (Math.sin(row * (column + 1.7)) * 3).toFixed(5));
    return { values: values.join(','), label: Number(values[0]) + Number(values[1]) > 0 ? 'yes' : 'no' };
  });
  let rows = 0;
  writeFileSync(file, 'x0,x1,x2,x3,x4,x5,x6,x7,x8,x9,label\n');
  for (let copy = 0; statSync(file).size < bytes; copy++) {
    const digits = String(copy).padStart(4, '0');
    writeFileSync(file, block.map(({ values, label }) => `${values}${digits},${label}\n`).join(''), { flag: 'a' });
    rows += block.length;
  }
  return rows;
};

describe('two runs on one project', () => {
  test('at once: the second is refused with the process that holds it, the first goes on', async () => {
    const root = copyOf(requirements, 'twice');
    const first = call(['resume', root, '--yes', '--until', '1.2']);
    const lock = path.join(root, '.specwright/lock');
    for (let tries = 0; tries < 200 && !existsSync(lock); tries++) await sleep(20);
    const { pid } = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number };
    const second = await call(['resume', root, '--yes', '--until', '1.2']);
    expect(second.code).toBe(5);
    expect(second.stderr).toMatch(new RegExp(`in use by process ${pid}\\b`));
    expect(second.stderr).toMatch(/hint: /);
    const ended = await first;
    expect(ended.code, ended.all).toBe(0);
  });
});

describe('an artifact that a person edits between runs', () => {
  test('is adopted: the edit stays, its prose follows, and later stages work from it', async () => {
    const root = copyOf(requirements, 'edited');
    const file = path.join(root, 'spec/requirements.md');
    const edited = readFileSync(file, 'utf8').replace(/(subject: accuracy\n.*\n +value: )0\.9\n/, '$10.85\n');
    writeFileSync(file, edited);
    await passes(['resume', root, '--yes', '--until', '1.2']);
    expect(readFileSync(file, 'utf8')).toMatch(/subject: accuracy\n.*\n +value: 0\.85\n/);
    expect(readFileSync(file, 'utf8').split(/^---$/m)[2]).toMatch(/0\.85/);
    const kinds = journalOf(root)
      .filter(({ data }) => data.stage === '1.1')
      .map(({ kind, data }) => [kind, data.how ?? data.path]);
    expect(kinds).toContainEqual(['artifact.edited', 'spec/requirements.md']);
    expect(kinds).toContainEqual(['stage.started', 'adopt']);
  });

  test('and broke is refused with the line that does not fit, and is not overwritten', async () => {
    const root = copyOf(requirements, 'broken');
    const file = path.join(root, 'spec/requirements.md');
    const broken = readFileSync(file, 'utf8').replace('subject: accuracy', 'subject: beauty');
    writeFileSync(file, broken);
    const ended = await call(['resume', root, '--yes', '--until', '1.2']);
    expect(ended.code).toBe(2);
    expect(ended.all).toMatch(/requirements\.md.*(subject|items)/s);
    expectNoStack(ended.all);
    expect(readFileSync(file, 'utf8')).toBe(broken);
  });
});
