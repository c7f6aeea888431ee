import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { Target } from '../../pipeline/context.ts';
import { chosenTarget, readSpec, type ServiceHome } from '../../rollout/release/open-service.ts';
import type { ServiceFolders } from '../../rollout/release/store.ts';
import { openProject } from '../project.ts';

export type Where = { project?: string | undefined; spec?: string | undefined };

/** The spec that a verb is about, of a project of ours or any other, with what was chosen when it was first deployed. */
export const findService = ({ project, spec }: Where): ServiceHome => {
  if (spec !== undefined) return { ...foreignService(path.resolve(spec)), flags: ` --spec ${spec}` };
  if (project === undefined && existsSync('service.yaml') && !existsSync('.specwright/project.json')) {
    throw new AppError('project.not-ours', 'This folder is no Specwright project, but it has a service.yaml', {
      hint: 'Name it: --spec service.yaml.',
    });
  }
  const { root, project: file } = openProject(project ?? '.');
  return { ...projectService(root, file.settings.target), flags: project === undefined ? '' : ` ${project}` };
};

export const projectFolders = (root: string): ServiceFolders => ({
  state: path.join(root, '.specwright', 'rollout'),
  releases: path.join(root, '.specwright', 'releases'),
  reports: path.join(root, 'reports'),
});

const projectService = (root: string, target: Target): ServiceHome => {
  const file = path.join(root, 'deploy', 'service.yaml');
  if (!existsSync(file)) {
    throw new AppError('input.invalid', `${root} has no deploy/service.yaml yet`, {
      hint: 'Run `specwright resume`: stage 3.3 writes it.',
    });
  }
  const folders = projectFolders(root);
  const spec = readSpec(file);
  const here = target === 'kubernetes' ? (spec.image ? 'docker' : 'process') : target;
  return { spec, file, folders, target: chosenTarget(folders) ?? here, forCluster: target === 'kubernetes' };
};

const foreignService = (file: string): ServiceHome => {
  const spec = readSpec(file);
  const state = path.join(path.dirname(file), '.specwright', spec.name);
  const folders = { state, releases: path.join(state, 'releases'), reports: path.dirname(file) };
  return { spec, file, folders, target: chosenTarget(folders) ?? (spec.run ? 'process' : 'docker') };
};
