import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { resolveImage } from '../../deploy/target/docker-target.ts';
import type { KeptRelease, TargetKind } from '../../deploy/target/target.ts';
import { AppError } from '../../errors.ts';
import { listFiles, sha256File } from '../../world/files.ts';
import type { World } from '../../world/world.ts';
import type { ServiceHome } from './open-service.ts';
import { keptVersions, readRelease, writeRelease } from './store.ts';

/**
 * Keeps a version as it is now: the spec with absolute paths, a copy of its files, the image by its content. A kept
 * version never changes; the same name with other content is refused.
 */
export const keepRelease = async (
  world: World,
  home: ServiceHome,
  { version, target }: { version: string; target: TargetKind },
): Promise<KeptRelease> => {
  const { folders } = home;
  const folder = path.join(folders.releases, version);
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  try {
    const spec = absoluteSpec(home, { version, target, copy: path.join(folder, 'files') });
    const image = target !== 'process' ? await imageOf(world, spec) : null;
    const files = target === 'process' ? await copyFiles(home, path.join(making, 'files')) : {};
    const release = { version, spec, image };
    if (keptVersions(folders).includes(version)) {
      const kept = readRelease(folders, version);
      const same = JSON.stringify([kept.spec, kept.image]) === JSON.stringify([spec, image]);
      if (same && JSON.stringify(await hashesIn(path.join(folder, 'files'))) === JSON.stringify(files)) return kept;
      throw new AppError('input.invalid', `${spec.name} ${version} is kept already, with other content`, {
        hint: 'Raise `version` in the spec, or give another one with --version.',
      });
    }
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
    await writeRelease(folders, release);
    return { ...release, folder };
  } finally {
    await rm(making, { recursive: true, force: true });
  }
};

const imageOf = (world: World, { name, version, image, build }: ServiceSpec): Promise<string> => {
  if (!image && !build) {
    throw new AppError(
      'input.invalid',
      `${name} ${version} cannot run as a container: its spec has neither image nor build`,
      {
        hint: 'Add `image` or `build` to the spec, or deploy with --target process.',
      },
    );
  }
  return resolveImage(world.run, { name, version, ...(image ? { image } : {}), ...(build ? { build } : {}) });
};

/** Paths that hold wherever the spec is read; a process with files of its own runs in their copy. */
const absoluteSpec = (
  { spec, file }: ServiceHome,
  { version, target, copy }: { version: string; target: TargetKind; copy: string },
): ServiceSpec => {
  const from = (...parts: string[]) => path.resolve(path.dirname(file), ...parts);
  const isPath = (source: string) => source.includes('/') || source.startsWith('.');
  const folder = spec.run ? from(spec.run.folder) : '';
  if (target === 'process' && !spec.run) {
    throw new AppError('input.invalid', `${spec.name} cannot run as a process: its spec has no \`run\``, {
      hint: 'Add `run: {argv: […]}` to the spec, or deploy with --target docker.',
    });
  }
  const [program, ...rest] = spec.run?.argv ?? [];
  const found = program && isPath(program) ? path.resolve(folder, program) : program;
  return {
    ...spec,
    version,
    ...(spec.run && found
      ? { run: { ...spec.run, argv: [found, ...rest], folder: spec.run.files.length > 0 ? copy : folder } }
      : {}),
    ...(spec.build ? { build: { ...spec.build, context: from(spec.build.context) } } : {}),
    volumes: spec.volumes.map((one) => (isPath(one.source) ? { ...one, source: from(one.source) } : one)),
  };
};

const copyFiles = async ({ spec, file }: ServiceHome, to: string): Promise<Record<string, string>> => {
  const folder = path.resolve(path.dirname(file), spec.run?.folder ?? '.');
  for (const name of spec.run?.files ?? []) {
    const source = path.resolve(folder, name);
    if (!existsSync(source)) {
      throw new AppError('input.invalid', `${spec.name}: ${source} is not there`, {
        hint: '`run.files` of the spec names what a release keeps.',
      });
    }
    await cp(source, path.join(to, name), { recursive: true, filter: (one) => !one.includes('__pycache__') });
  }
  return hashesIn(to);
};

const hashesIn = async (folder: string): Promise<Record<string, string>> => {
  const names = listFiles(folder, (name) => name.includes('__pycache__'));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await sha256File(path.join(folder, name))] as const)),
  );
};
