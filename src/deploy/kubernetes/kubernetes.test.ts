import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ServiceSpec, serviceSpecSchema } from '../../artifacts/service/service-spec.ts';
import { composeText } from '../compose-file.ts';
import type { KubernetesObject } from './names.ts';
import { kubernetesObjects } from './objects.ts';
import { validateObjects } from './validate.ts';

// biome-ignore lint/suspicious/noExplicitAny: an object of any kind, into which a test looks
type Loose = any;

const specOf = (changes: object = {}): ServiceSpec =>
  serviceSpecSchema.parse({ name: 'shop', port: 8080, image: 'shop:1', ...changes });
const full = specOf({
  version: '2.1',
  settings: { LOG_LEVEL: 'info', PRICE: 'cost $5' },
  secrets: ['API_KEY'],
  volumes: [
    { source: './prompts', mount: '/app/prompts', read_only: true },
    { source: 'kept', mount: '/app/data' },
    { source: './words', mount: '/app/words', read_only: true, in_image: true },
  ],
  resources: { cpus: 2, memory_mb: 700, gpus: 1 },
  peers: 3,
  slas: [
    { requirement: 'REQ-005', subject: 'latency_p95', op: '<=', value: 50, unit: 'ms' },
    { requirement: 'REQ-006', subject: 'error_rate', op: '<=', value: 0.01 },
  ],
  rollout: { strategy: 'canary', drain_seconds: 20 },
});
const plan = { gateway: 'edge', prometheus: 'http://prometheus:9090', ruleGroups: [], namespace: 'default' };
const objectsOf = (spec: ServiceSpec) => Object.values(kubernetesObjects(spec, plan)).flat();
const one = (spec: ServiceSpec, kind: string) => objectsOf(spec).find((object) => object.kind === kind) as Loose;
const containerOf = (object: Loose) => object.spec.template.spec.containers[0];

describe('Kubernetes objects', () => {
  it.each([
    ['a spec of three lines', specOf()],
    ['a full spec', full],
  ])('are valid against their schemas: %s', async (_, spec) => {
    await expect(validateObjects(objectsOf(spec))).resolves.toBeUndefined();
  });

  it.each([
    ['Deployment', (object: Loose) => { object.spec.template.spec.containers[0].ports[0].containerPort = 'http'; }],
    ['HTTPRoute', (object: Loose) => { object.spec.rules[0].backendRefs[0].weight = -1; }],
    ['PodDisruptionBudget', (object: Loose) => { object.spec.selector = 'all'; }],
  ] as [string, (object: KubernetesObject) => void][])('are refused when they are wrong: %s', async (kind, spoil) => {
    const objects = structuredClone(objectsOf(specOf()));
    spoil(objects.find((object) => object.kind === kind)!);
    await expect(validateObjects(objects)).rejects.toMatchObject({ code: 'artifact.invalid' });
  }); // biome-ignore format: a table

  it('claim no volume of files that the image holds', () => {
    expect(JSON.stringify(objectsOf(full))).not.toContain('/app/words');
    const claims = objectsOf(full).filter(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claims.map(({ metadata }) => (metadata as { name: string }).name)).toEqual(['shop-prompts', 'shop-kept']);
  });

  it('give a canary the steps of the spec and its requirements as analysis', () => {
    expect(one(full, 'Rollout').spec.strategy.canary.steps.slice(0, 3)).toEqual([
      { setWeight: 5 },
      { pause: { duration: '600s' } },
      { analysis: { templates: [{ templateName: 'shop-slas' }], args: [expect.objectContaining({ name: 'hash' })] } },
    ]);
    expect(one(full, 'AnalysisTemplate').spec.metrics.map(({ name }: { name: string }) => name)).toEqual([
      'req-006',
      'req-005',
    ]);
    for (const { successCondition, failureCondition } of one(full, 'AnalysisTemplate').spec.metrics)
      for (const condition of [successCondition, failureCondition])
        expect(condition).toMatch(/^len\(result\) > 0 && !isNaN\(result\[0\]\) && /);
    expect(one(full, 'Deployment')).toBeUndefined();
    expect(one(specOf(), 'Rollout')).toBeUndefined();
  });

  it('cut no request: the grace is longer than the pause before the signal and the drain', () => {
    const pod = one(full, 'Rollout').spec.template.spec;
    const { sleep } = pod.containers[0].lifecycle.preStop;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(sleep.seconds + full.rollout.drain_seconds);
  });

  it('run as nobody in particular, on a root that cannot be written', () => {
    expect(containerOf(one(specOf(), 'Deployment')).securityContext).toMatchObject({
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('have three different probes', () => {
    const { startupProbe, readinessProbe, livenessProbe } = containerOf(one(specOf(), 'Deployment'));
    expect(new Set([startupProbe, readinessProbe, livenessProbe].map((probe) => JSON.stringify(probe))).size).toBe(3);
  });

  it('ask for as many GPUs as they may have', () => {
    const { requests, limits } = containerOf(one(full, 'Rollout')).resources;
    expect(requests['nvidia.com/gpu']).toBe(1);
    expect(limits['nvidia.com/gpu']).toBe(1);
  });

  it('name settings by their hash, and write no secret', () => {
    const before = one(full, 'ConfigMap').metadata.name;
    const after = one(specOf({ settings: { LOG_LEVEL: 'debug' } }), 'ConfigMap').metadata.name;
    expect(before).toMatch(/^shop-config-[0-9a-f]{10}$/);
    expect(after).not.toBe(before);
    expect(containerOf(one(full, 'Rollout')).env).toContainEqual({
      name: 'API_KEY',
      valueFrom: { secretKeyRef: { name: 'shop-secrets', key: 'API_KEY' } },
    });
  });
});

const noCompose = spawnSync('docker-compose', ['--version']).error !== undefined;

describe.skipIf(noCompose)(`docker-compose${noCompose ? ' (skipped: it is not installed)' : ''}`, () => {
  const config = (spec: ServiceSpec, env: Record<string, string> = {}) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'compose-'));
    writeFileSync(
      path.join(folder, 'docker-compose.yml'),
      composeText(spec, { file: 'docker-compose.yml', specFolder: '.' }),
    );
    const found = spawnSync('docker-compose', ['config'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    rmSync(folder, { recursive: true, force: true });
    return found;
  };

  it('takes the file', () => {
    expect(config(specOf())).toMatchObject({ status: 0 });
    const found = config(full, { API_KEY: 'x' });
    expect(found).toMatchObject({ status: 0 });
    expect(found.stdout).toContain('cost $$5');
    expect(found.stdout).not.toContain('container_name');
  });

  it('stops where a secret is missing, and names it', () => {
    const found = config(full);
    expect(found.status).not.toBe(0);
    expect(found.stderr).toContain('API_KEY');
  });
});
