import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { runningService } from '../../src/deploy/service-control.ts';
import { readJournal } from '../../src/pipeline/journal.ts';
import { isAlive } from '../../src/world/process-alive.ts';
import { realWorld } from '../../src/world/world.ts';
import { type Ended, emptyFolder, expectClearError, expectNoStack, packageFolder, specwright } from './command-line.ts';
import { hasPrometheus, startPrometheus } from './prometheus.ts';
import { sample } from './sample.ts';

const folder = emptyFolder();
const root = path.join(folder, 'penguins');
const { run: runProcess } = realWorld(loadConfig());
const lastObject = ({ stdout }: Ended) => JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
const call = (...args: string[]) => specwright(args, { cwd: folder, limitMs: 400_000 });

describe('the sample, from brief to service', () => {
  let created: Ended;

  beforeAll(async () => {
    created = await call('create', sample.brief, '--data', sample.data, '--out', root, '--yes', '--json');
  });
  afterAll(async () => {
    await call('down', root);
    rmSync(folder, { recursive: true, force: true });
  });

  test('passes, and ends standard output with the one object that programs read', () => {
    expectNoStack(created.all);
    expect(created.code).toBe(0);
    const summary = lastObject(created);
    expect(summary).toMatchObject({
      project: root,
      verdict: 'passed',
      task: 'tabular_classification',
      target: 'species',
      deploy_target: 'process',
      questions: [],
      service: null,
    });
    expect(summary.metrics[0]).toMatchObject({
      name: 'accuracy',
      split: 'holdout',
      baseline: { value: expect.any(Number) },
    });
    expect(summary.forecast[0]).toMatchObject({ predicted: expect.any(Number), measured: expect.any(Number) });
    for (const stage of summary.stages)
      expect(stage).toMatchObject({ status: 'passed', seconds: expect.any(Number), reasons: [] });
    for (const requirement of summary.requirements) {
      expect(requirement).toMatchObject({ id: expect.stringMatching(/^REQ-/), source: expect.any(String), met: true });
    }
    const latency = summary.requirements.find(({ subject }: { subject: string }) => subject === 'latency_p95');
    expect(latency.measured).toBeGreaterThan(0);
    expect(latency.measured).toBeLessThanOrEqual(50);
  });

  test('leaves no service behind without --keep-running', async () => {
    expect(await runningService(root, runProcess)).toBeNull();
  });

  test('is up to date when it is resumed, and leaves no trace of that', async () => {
    const before = readFileSync(path.join(root, '.specwright/journal.jsonl'));
    const ended = await call('resume', root);
    expect(ended.code).toBe(0);
    expect(ended.stdout.match(/up to date/g)).toHaveLength(lastObject(created).stages.length);
    expect(readFileSync(path.join(root, '.specwright/journal.jsonl')).equals(before)).toBe(true);
  });

  test('status accounts for every second over one', async () => {
    const { times, stages } = lastObject(await call('status', root, '--json'));
    expect(stages).toHaveLength(lastObject(created).stages.length);
    for (const { seconds, parts } of times as { seconds: number; parts: { what: string; seconds: number }[] }[]) {
      expect(Math.abs(parts.reduce((sum, part) => sum + part.seconds, 0) - seconds)).toBeLessThan(1);
    }
  });

  test('trace leads from the words of the brief to the measured figure', async () => {
    const { requirements } = lastObject(created);
    const { id } = requirements.find(({ subject }: { subject: string }) => subject === 'latency_p95');
    const { links } = lastObject(await call('trace', root, id, '--json'));
    const found = links.filter((link: { found: boolean }) => link.found).map(({ name }: { name: string }) => name);
    expect(found).toEqual(
      expect.arrayContaining(['words', 'item', 'technology', 'tasks', 'code', 'test', 'measured', 'readme']),
    );
    expectClearError(await call('trace', root, 'REQ-999'), 2, /no requirement REQ-999/);
  });

  test('predicts alike through the service and without it', async () => {
    const [first] = JSON.parse(readFileSync(path.join(root, 'models/current/samples.json'), 'utf8')) as {
      input: object;
      output: { label: string };
    }[];
    const input = JSON.stringify(first!.input);
    const alone = JSON.parse((await call('predict', root, input)).stdout);
    expect((await call('up', root)).code).toBe(0);
    const state = await runningService(root, runProcess);
    expect(state).toMatchObject({ target: 'process' });
    const served = JSON.parse((await call('predict', root, input)).stdout);
    expect(served[0].label).toBe(first!.output.label);
    expect(alone[0].label).toBe(served[0].label);
    expectClearError(await call('predict', root, '{"nonsense": true}'), 2, /refused the input \(4\d\d\)/);
    expect((await call('logs', root, '--lines', '5')).code).toBe(0);
    expect((await call('down', root)).code).toBe(0);
    expect(await runningService(root, runProcess)).toBeNull();
    if (state?.target === 'process') expect(isAlive(state.supervisor)).toBe(false);
  });

  test('stays up with --keep-running, and down stops it', async () => {
    const { service } = lastObject(await call('resume', root, '--keep-running', '--json'));
    expect(service).toMatchObject({ url: expect.stringMatching(/^http:/), pid: expect.any(Number) });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect((await call('down', root)).code).toBe(0);
  });

  describe('in production', () => {
    beforeAll(async () => {
      expect((await call('up', root)).code).toBe(0);
    });
    afterAll(() => call('down', root));

    test('is loaded at a rate, and its requirements are held against that', async () => {
      const loaded = await call('load', root, '--rate', '50', '--seconds', '2', '--json');
      const { rows, load } = lastObject(loaded);
      expect(load).toMatchObject({ requests: 100, statusCounts: { 200: 100 } });
      expect(rows.map(({ requirement, verdict }: Record<string, string>) => [requirement, verdict])).toContainEqual([
        'REQ-006',
        'met',
      ]);
      expect((await call('watch', root, '--seconds', '2', '--every', '1')).code).toBe(0);
    });

    test.runIf(hasPrometheus)('every query of its dashboard returns series', async () => {
      const monitoring = path.join(root, 'deploy/monitoring');
      const { url } = (await runningService(root, runProcess))!;
      const written = readFileSync(path.join(monitoring, 'prometheus.yml'), 'utf8');
      const prometheus = await startPrometheus(
        folder,
        written
          .replaceAll(/127\.0\.0\.1:\d+/g, new URL(url).host)
          .replaceAll('alerts.yml', path.join(monitoring, 'alerts.yml')),
      );
      const load = call('load', root, '--rate', '20', '--seconds', '30');
      try {
        const { panels } = JSON.parse(readFileSync(path.join(monitoring, 'dashboard.json'), 'utf8')) as {
          panels: { targets?: { expr: string }[] }[];
        };
        const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
        expect(queries.length).toBeGreaterThan(10);
        for (const query of queries) await prometheus.series(query.replaceAll('$__rate_interval', '5s'));
      } finally {
        prometheus.stop();
        await load;
      }
    });

    test('moved inputs open a proposal that trace shows, and change no requirement', async () => {
      const before = readFileSync(path.join(root, 'spec/requirements.md'), 'utf8');
      const [header, ...lines] = readFileSync(sample.data, 'utf8').trim().split('\n');
      const mass = header!.split(',').indexOf('body_mass_g');
      const window = path.join(folder, 'window.csv');
      const moved = lines.map((line) =>
        line
          .split(',')
          .map((cell, index) => (index === mass ? '9000' : cell))
          .join(),
      );
      writeFileSync(window, [header!.replace('species', 'truth'), ...moved].join('\n'));
      const found = await call('drift', root, '--window', window, '--json');
      expect(found.code).toBe(3);
      expect(lastObject(found)).toMatchObject({
        verdict: 'inputs moved',
        findings: [{ what: 'body_mass_g' }],
        proposal: 'spec/proposals/001-inputs-moved.md',
      });
      expect((await call('trace', root, 'REQ-004')).all).toContain('PROP-001');
      expect(readFileSync(path.join(root, 'spec/requirements.md'), 'utf8')).toBe(before);
    });

    test('its manifests are written, and a cluster would take them', async () => {
      const written = await call('manifests', root, '--out', path.join(folder, 'manifests'), '--json');
      expect(lastObject(written).objects).toBeGreaterThan(8);
      expect(existsSync(path.join(root, 'deploy/kubernetes/30-workload.yaml'))).toBe(true);
    });
  });

  describe('verify', () => {
    const verify = async () => {
      const ended = await call('verify', root, '--json');
      const failed = lastObject(ended).checks.filter(({ ok }: { ok: boolean }) => !ok) as {
        what: string;
        detail: string;
      }[];
      return { code: ended.code, failed };
    };
    const withChange = async (files: string[], change: () => void, check: () => Promise<void>) => {
      const kept = path.join(folder, 'kept');
      for (const file of files) cpSync(path.join(root, file), path.join(kept, file), { recursive: true });
      change();
      try {
        await check();
      } finally {
        for (const file of files) {
          rmSync(path.join(root, file), { recursive: true, force: true });
          cpSync(path.join(kept, file), path.join(root, file), { recursive: true });
        }
        rmSync(kept, { recursive: true, force: true });
      }
    };

    test('finds nothing to say against it', async () => {
      expect(await verify()).toEqual({ code: 0, failed: [] });
    });

    test('fails for an edited report', () =>
      withChange(
        ['reports/full_train_guidance.md'],
        () => appendFileSync(path.join(root, 'reports/full_train_guidance.md'), '\nAccuracy 1.0\n'),
        async () => {
          const { code, failed } = await verify();
          expect(code).toBe(3);
          expect(failed).toEqual([
            expect.objectContaining({ what: 'reports/full_train_guidance.md', detail: expect.stringContaining('2.4') }),
          ]);
        },
      ));

    test('fails for a model file that was exchanged', () =>
      withChange(
        ['models/current/model.onnx'],
        () => appendFileSync(path.join(root, 'models/current/model.onnx'), ' '),
        async () =>
          expect((await verify()).failed).toEqual([expect.objectContaining({ what: 'models/current/model.onnx' })]),
      ));

    test('fails for a checkpoint that was exchanged', () =>
      withChange(
        ['runs/full'],
        () => {
          rmSync(path.join(root, 'runs/full'), { recursive: true });
          cpSync(path.join(root, 'runs/baseline'), path.join(root, 'runs/full'), { recursive: true });
        },
        async () => {
          const { code, failed } = await verify();
          expect(code).toBe(3);
          expect(failed).toEqual([expect.objectContaining({ what: 'runs/full on data/holdout' })]);
        },
      ));

    test('fails for a hold-out that was exchanged', () =>
      withChange(
        ['data/holdout/data.csv'],
        () =>
          writeFileSync(path.join(root, 'data/holdout/data.csv'), readFileSync(path.join(root, 'data/full/data.csv'))),
        async () => expect((await verify()).failed.map(({ what }) => what)).toContain('data/holdout/data.csv'),
      ));
  });
});

describe('a run that is interrupted', () => {
  const place = emptyFolder();
  const project = path.join(place, 'penguins');
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      [
        path.join(packageFolder, 'bin/specwright.js'),
        'create',
        sample.brief,
        '--data',
        sample.data,
        '--out',
        project,
        '--yes',
        '--until',
        '1.3',
      ],
      {
        cwd: place,
        stdio: 'ignore',
      },
    );
  const reaches = async (stage: string) => {
    const file = path.join(project, '.specwright/journal.jsonl');
    for (let tries = 0; tries < 600; tries++) {
      if (existsSync(file) && readFileSync(file, 'utf8').includes(`"kind":"stage.started","data":{"stage":"${stage}"`))
        return;
      await sleep(50);
    }
    throw new Error(`${stage} was not reached`);
  };

  test.each([['SIGINT'], ['SIGTERM']] as const)(
    'by %s ends with 130, leaves no process and an unbroken journal',
    async (signal) => {
      rmSync(project, { recursive: true, force: true });
      const child = start();
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      await reaches('1.2');
      child.kill(signal);
      expect(await ended).toBe(130);
      await sleep(500);
      expect(processesWith(project)).toEqual([]);
      expect(readJournal(path.join(project, '.specwright/journal.jsonl')).at(-1)).toMatchObject({ kind: 'run.ended' });
      expect(existsSync(path.join(project, '.specwright/lock'))).toBe(false);
    },
  );

  test('goes on when it is resumed, and does not run again what had passed', async () => {
    const ended = await specwright(['resume', project, '--yes', '--until', '1.3'], { cwd: place });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/1\.1 requirements {2}up to date/);
    expect(ended.stdout).toMatch(/1\.3 build +\d/);
  });
});

/** Command lines of processes that name the folder. */
const processesWith = (name: string): string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // it has ended in between
      }
    })
    .filter((line) => line.includes(name));
