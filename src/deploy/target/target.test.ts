import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ServiceSpec, serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { instanceFile } from './compose-target.ts';
import { instanceContainer } from './instance-argv.ts';
import { surroundingsOf } from './surroundings.ts';
import type { KeptRelease } from './target.ts';

const release = (more: object = {}): KeptRelease => ({
  version: '7',
  folder: '/releases/7',
  image: 'sha256:abc',
  spec: serviceSpecSchema.parse({ name: 'shop', port: 8080, image: 'shop:7', ...more }) satisfies ServiceSpec,
});
const instance = { name: 'shop-7-green-1', version: '7', pool: 'green', index: 1, port: 41000 } as const;
const argv = (more: object = {}, passed: string[] = []) =>
  instanceContainer(release(more), instance, { owner: 'owner', passed }).join(' ');

describe('the container of a version', () => {
  it('is named and labelled by service, version and place, and reached on loopback alone', () => {
    expect(argv()).toContain('--name shop-7-green-1 --restart unless-stopped --publish 127.0.0.1:41000:8080');
    expect(argv()).toContain('--label specwright.owner=owner --label specwright.instance=shop-7-green-1');
    expect(argv()).toContain('--env PORT=8080 --env SLOT=green --env MODEL_VERSION=7');
    expect(argv().endsWith('sha256:abc')).toBe(true);
  });

  it('has the limits, the log rotation and the volumes of its spec, and no privilege', () => {
    const limited = argv({
      resources: { cpus: 0.5, memory_mb: 256, gpus: 1 },
      logs: { max_size_mb: 10, files: 5 },
      volumes: [{ source: 'kept', mount: '/kept', read_only: true }],
      read_only_root: true,
    });
    expect(limited).toContain(
      '--cpus 0.5 --memory 256000000b --memory-swap 256000000b --gpus 1 --read-only --tmpfs /tmp --volume kept:/kept:ro',
    );
    expect(limited).toContain('--log-opt max-size=10m --log-opt max-file=5');
    expect(limited).toContain('--cap-drop ALL --security-opt no-new-privileges');
    expect(argv()).not.toMatch(/--read-only|--memory|--cpus|--gpus/);
  });

  it('is told the names of its secrets, never their values', () => {
    expect(argv({ secrets: ['API_TOKEN'] }, ['API_TOKEN'])).toContain('--env API_TOKEN --log-opt');
  });
});

it('a secret that is not set stops the start, and is named', () => {
  expect(surroundingsOf(release({ secrets: ['API_TOKEN'] }), { API_TOKEN: 'x' })).toEqual({ API_TOKEN: 'x' });
  expect(() => surroundingsOf(release({ secrets: ['API_TOKEN'] }), {})).toThrow(
    /needs the secret API_TOKEN, which is not set/,
  );
});

it('what may be set is passed on where it is, in place of the setting, and empty counts as not set', () => {
  const spec = { settings: { MODEL: 'small' }, environment: ['MODEL', 'API_KEY', 'PROXY'] };
  const passed = surroundingsOf(release(spec), { MODEL: 'large', API_KEY: 'x', PROXY: '', OTHER: 'y' });
  expect(passed).toEqual({ MODEL: 'large', API_KEY: 'x' });
  expect(argv(spec, Object.keys(passed))).toMatch(/--env MODEL --env API_KEY --log-opt/);
  expect(argv(spec, [])).toMatch(/--env MODEL=small --log-opt/);
});

describe('the compose file of a copy', () => {
  const file = (more: object = {}, passed: string[] = []) =>
    parse(instanceFile(release(more), instance, { owner: 'owner', passed }));

  it('says what the argv of the container says', () => {
    expect(file().services.shop).toMatchObject({
      image: 'sha256:abc',
      container_name: 'shop-7-green-1',
      ports: ['127.0.0.1:41000:8080'],
      environment: { PORT: '8080', SLOT: 'green', MODEL_VERSION: '7' },
      labels: { 'specwright.owner': 'owner', 'specwright.port': '41000' },
      restart: 'unless-stopped',
      cap_drop: ['ALL'],
    });
  });

  it('builds nothing, shares the volumes of all copies, and holds no value of a secret', () => {
    const more = {
      build: { context: '/shop' },
      volumes: [
        { source: 'kept', mount: '/kept' },
        { source: '/etc/shop', mount: '/etc/shop', read_only: true },
      ],
      secrets: ['API_TOKEN'],
      settings: { MODEL: 'costs $5' },
      environment: ['MODEL', 'API_KEY'],
    };
    expect(file(more).volumes).toEqual({ kept: { external: true, name: 'kept' } });
    expect(file(more).services.shop).not.toHaveProperty('build');
    expect(file(more).services.shop.volumes).toEqual(['kept:/kept', '/etc/shop:/etc/shop:ro']);
    expect(file(more).services.shop.environment).toMatchObject({
      API_TOKEN: `\${API_TOKEN:?API_TOKEN is not set}`,
      MODEL: 'costs $$5',
      API_KEY: null,
    });
    expect(file(more, ['MODEL']).services.shop.environment.MODEL).toBeNull();
  });
});
