import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, specwright } from '../system/command-line.ts';
import { sample } from '../system/sample.ts';

test('a project for a cluster is checked here as far as that goes, and says what was not run', async () => {
  const cwd = emptyFolder();
  const root = path.join(cwd, 'penguins');
  const made = await specwright([
    'create', sample.brief, '--data', sample.data, '--out', root, '--target', 'kubernetes', '--yes',
  ], { cwd, limitMs: 600_000 }); // biome-ignore format: an argv
  expect(made.code, made.stderr).toBe(0);
  const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
  expect(read('reports/docker_env_report.md')).toMatch(/Cluster: \*\*not asked\*\*/);
  expect(read('reports/deploy_report.md')).toMatch(/Not deployed to a cluster/);
  expect(read('reports/docker_running_report.md')).toMatch(/\*\*Not run\*\*: no cluster was asked/);
  expect(read('README.md')).toMatch(/a rollout in a cluster was \*\*not run\*\*/);
  expect(read('deploy/kubernetes/30-workload.yaml')).toContain('kind: Deployment');
  const deployed = await specwright(['deploy', root], { cwd });
  expect(deployed).toMatchObject({ code: 2, stderr: expect.stringMatching(/kubectl apply --filename .*--target/s) });
  expect((await specwright(['verify', root], { cwd })).code).toBe(0);
});
