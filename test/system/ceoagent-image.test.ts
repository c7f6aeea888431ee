import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { serviceSpecSchema } from '../../src/artifacts/service/service-spec.ts';
import { settingNames } from '../../src/ceoagent/settings.ts';
import { modelVariables } from '../../src/config.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = path.join(root, 'out/ceoagent');
const docker = (...args: string[]): string => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const launcher = path.join(root, 'bin/specwright.js');
const specwright = (verb: string, ...flags: string[]): string =>
  execFileSync(process.execPath, [launcher, verb, '--spec', path.join(out, 'service.yaml'), ...flags], {
    encoding: 'utf8',
  });
const base = 'node:24-slim';
const name = `ceoagent-test-${process.pid}`;
const hasBase = spawnSync('docker', ['image', 'inspect', base]).status === 0;
const overBaseMb = 60;

beforeAll(() => {
  execFileSync(process.execPath, [path.join(root, 'deploy/ceoagent/bundle.ts')]);
});

test('the settings of the example are those that are read, and the compose file passes on only these and keys of models', () => {
  const example = readFileSync(path.join(root, 'deploy/ceoagent/.env.example'), 'utf8');
  expect([...example.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]).sort()).toEqual([...settingNames].sort());
  const compose = parse(readFileSync(path.join(out, 'docker-compose.yml'), 'utf8')) as {
    services: { ceoagent: { environment: object } };
  };
  for (const variable of Object.keys(compose.services.ceoagent.environment))
    expect([...settingNames, ...modelVariables]).toContain(variable);
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

  test('the compose file follows from the service spec, is valid, and nothing in it keeps two versions apart', () => {
    const folder = path.join(out, 'compose-check');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, '.env'), '');
    const written = path.join(folder, 'written');
    specwright('manifests', '--out', written);
    const body = (file: string) => parse(readFileSync(file, 'utf8')).services.ceoagent.environment;
    expect(body(path.join(written, 'docker-compose.yml'))).toEqual(body(path.join(out, 'docker-compose.yml')));
    const checked = spawnSync('docker-compose', ['-f', path.join(out, 'docker-compose.yml'), 'config'], {
      encoding: 'utf8',
    });
    expect(checked.status, checked.stderr).toBe(0);
    expect(checked.stdout).not.toMatch(/container_name/);
  });

  test('our deployer brings it up by compose, and a version whose model cannot be reached goes back', async () => {
    const spec = path.join(out, 'service.yaml');
    const text = readFileSync(spec, 'utf8');
    try {
      const deployed = JSON.parse(specwright('deploy', '--target', 'compose', '--json')) as {
        services: { url: string }[];
      };
      const { url } = deployed.services[0]!;
      const asked = await fetch(`${url}/api/v1/analyze`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"Should we invest $2 million, returning $600k a year for 6 years?"}',
      });
      expect(await asked.json()).toMatchObject({ success: true, metadata: { model: 'embedded' } });
      expect((await fetch(`${url}/docs/`)).status).toBe(200);
      writeFileSync(spec, text.replace('version: "1"', 'version: "2"'));
      const key = 'sk-not-a-key-0123456789';
      const refused = spawnSync(process.execPath, [launcher, 'deploy', '--spec', spec], {
        encoding: 'utf8',
        env: { ...process.env, ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
      });
      expect(refused.status).toBe(3);
      expect(refused.stdout).toMatch(/back to 1: POST \/api\/v1\/analyze .*LLM_ERROR/);
      expect(spawnSync('grep', ['-rl', key, out], { encoding: 'utf8' }).stdout).toBe('');
      expect((await fetch(`${url}/health`)).status).toBe(200);
    } finally {
      specwright('down');
      writeFileSync(spec, text);
    }
    expect(docker('ps', '--all', '--quiet', '--filter', 'name=ceoagent-1-blue-0')).toBe('');
  }, 120_000);
});
