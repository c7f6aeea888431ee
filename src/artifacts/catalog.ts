import { existsSync } from 'node:fs';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { listFiles, sha256, sha256File } from '../world/files.ts';

/**
 * Every artifact by name and the files that make it up, relative to the project. `folders` are taken whole.
 * `project` is the code as a person would hand it on: everything that is no other artifact and no product of a run.
 */
export const catalog = {
  requirements: { files: ['spec/requirements.md'] },
  technology: { files: ['spec/tech.md'] },
  data: { files: ['data/schema.json'], folders: ['data/full', 'data/holdout', 'data/source', 'data/images'] },
  project: { code: true },
  readme: { files: ['README.md'] },
  notebook: { files: ['scripts/explore_data.ipynb'] },
  tasks: { files: ['spec/task.md'] },
  'build-log': { files: ['reports/PROJECT_BUILD_LOG.md'] },
  review: { files: ['reports/REVIEW_REPORT.md'] },
  venv: { files: ['spec/venv.md', 'spec/VENV_CONFIG.md', 'spec/DEBUG_CODE.md', 'spec/DOCKER_CONFIG.md'] },
  'local-rules': { files: ['CLAUDE.md', 'CLAUDE.local.md', 'CLAUDE.inherited.md'] },
  environment: {
    files: [
      'reports/env_check_report.md',
      'reports/env_check_report.json',
      'debug-cpu/pyvenv.cfg',
      'debug-gpu/pyvenv.cfg',
    ],
  },
  'mini-data': { files: ['reports/mini_dataset.md'], folders: ['data/mini', 'reports/plots'] },
  'bugfix-report': { files: ['reports/bugfix_report.md'] },
  guidance: { files: ['reports/full_train_guidance.md', 'reports/error_rates.svg'] },
  model: { folders: ['models/current'] },
  'runtime-report': { files: ['reports/docker_env_report.md'] },
  image: { files: ['reports/container_env_check.log'] },
  'deploy-report': {
    files: [
      'reports/deploy_report.md',
      'reports/latency.svg',
      'deploy/service.yaml',
      'deploy/docker/docker-compose.yml',
    ],
  },
  'running-report': {
    files: ['reports/docker_running_report.md'],
    folders: ['deploy/monitoring', 'deploy/kubernetes'],
  },
} as const satisfies Record<string, { files?: readonly string[]; folders?: readonly string[]; code?: true }>;

export type ArtifactId = keyof typeof catalog;

export const artifactIds = Object.keys(catalog) as ArtifactId[];

const notCode = new Set([
  '.specwright', '.git', '.venv', '.idea', '.vscode', 'data', 'runs', 'models', 'var', 'reports', 'spec', 'debug-cpu', 'debug-gpu',
  'deploy/monitoring', 'deploy/kubernetes', 'deploy/service.yaml', 'deploy/docker/docker-compose.yml', 'README.md', 'CLAUDE.md', 'CLAUDE.local.md', 'CLAUDE.inherited.md',
  'scripts/explore_data.ipynb', 'node_modules',
]); // biome-ignore format: one list

const cacheFolders = new Set(['__pycache__', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.ipynb_checkpoints']);

export const isCode = (relative: string): boolean =>
  !notCode.has(relative) &&
  !cacheFolders.has(path.basename(relative)) &&
  !relative.endsWith('.tmp') &&
  !relative.endsWith('.egg-info');

/** The files of an artifact that exist, relative to the project, sorted. */
export const artifactFiles = (root: string, id: ArtifactId): string[] => {
  const spec: { files?: readonly string[]; folders?: readonly string[]; code?: true } = catalog[id];
  const named = (spec.files ?? []).filter((file) => existsSync(path.join(root, file)));
  const inFolders = (spec.folders ?? []).flatMap((folder) =>
    listFiles(path.join(root, folder), (file) => cacheFolders.has(path.basename(file))).map(
      (file) => `${folder}/${file}`,
    ),
  );
  const code = spec.code ? listFiles(root, (relative) => !isCode(relative)) : [];
  return [...named, ...inFolders, ...code].sort();
};

export const hashFiles = async (root: string, files: string[]): Promise<Record<string, string>> => {
  const hashes: Record<string, string> = Object.create(null);
  for (const file of files) hashes[file] = await sha256File(path.join(root, file));
  return hashes;
};

/** Hash of a value by its canonical JSON (RFC 8785), so that key order does not matter. */
export const hashOf = (value: unknown): string => sha256(canonicalize(value) ?? 'undefined');
