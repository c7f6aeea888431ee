import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';
import { settingNames } from '../../src/ceoagent/settings.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = path.join(root, 'out/ceoagent');
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const base = 'node:24-slim';
const name = `ceoagent-test-${process.pid}`;
const hasBase = spawnSync('docker', ['image', 'inspect', base]).status === 0;
const overBaseMb = 60;

beforeAll(() => {
  execFileSync(process.execPath, [path.join(root, 'deploy/ceoagent/bundle.ts')]);
});

test('the settings of the example are those that are read, and the compose file passes on only these', () => {
  const example = readFileSync(path.join(root, 'deploy/ceoagent/.env.example'), 'utf8');
  expect([...example.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]).sort()).toEqual([...settingNames].sort());
  const compose = parse(readFileSync(path.join(out, 'docker-compose.yml'), 'utf8')) as {
    services: { ceoagent: { environment: object } };
  };
  for (const variable of Object.keys(compose.services.ceoagent.environment)) expect(settingNames).toContain(variable);
});

test('the service spec is one', () => {
  expect(
    serviceSpecSchema.safeParse(parse(readFileSync(path.join(out, 'service.yaml'), 'utf8'))).error,
  ).toBeUndefined();
});

describe.skipIf(!hasBase)(`the image (skipped where ${base} is not at hand)`, () => {
  beforeAll(() => {
    docker('build', '--quiet', '--tag', name, out);
    docker(
      'run',
      '--detach',
      '--name',
      name,
      '--read-only',
      '--tmpfs',
      '/tmp',
      '--cap-drop',
      'ALL',
      '--publish-all',
      '--health-interval',
      '1s',
      name,
    );
  }, 120_000);
  afterAll(() => {
    spawnSync('docker', ['rm', '--force', '--volumes', name]);
    spawnSync('docker', ['rmi', name]);
  });
  const address = () => `http://127.0.0.1:${docker('port', name, '8000').split('\n')[0]!.split(':').at(-1)}`;

  test(`is at most ${overBaseMb} MB over its base, runs as nobody in particular and holds no secret`, () => {
    const [own, below] = [name, base].map((one) => Number(docker('image', 'inspect', '--format', '{{.Size}}', one)));
    expect((own! - below!) / 1e6).toBeLessThan(overBaseMb);
    expect(docker('exec', name, 'id', '-u')).toBe('10001');
    expect(docker('history', '--no-trunc', name)).not.toMatch(/sk-|API_KEY=\S/);
  });

  test('becomes healthy without curl, analyses, and ends within its grace', async () => {
    for (
      let tries = 0;
      tries < 60 && docker('inspect', '--format', '{{.State.Health.Status}}', name) !== 'healthy';
      tries++
    )
      await new Promise((resolve) => setTimeout(resolve, 250));
    expect(docker('inspect', '--format', '{{.State.Health.Status}}', name)).toBe('healthy');
    const reply = await fetch(`${address()}/api/v1/analyze`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"Should we expand?"}',
    });
    expect(reply.status).toBe(200);
    expect((await fetch(`${address()}/docs/`)).status).toBe(200);
    docker('stop', '--time', '20', name);
    expect(docker('inspect', '--format', '{{.State.ExitCode}}', name)).toBe('0');
  }, 60_000);

  test('the compose file is valid, and nothing in it keeps two versions apart', () => {
    const folder = path.join(out, 'compose-check');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, '.env'), '');
    const checked = spawnSync('docker-compose', ['-f', path.join(out, 'docker-compose.yml'), 'config'], {
      encoding: 'utf8',
    });
    expect(checked.status, checked.stderr).toBe(0);
    expect(checked.stdout).not.toMatch(/container_name/);
  });
});
