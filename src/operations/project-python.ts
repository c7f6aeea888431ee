import { existsSync } from 'node:fs';
import path from 'node:path';
import { readArtifact } from '../artifacts/document.ts';
import { environmentDocument } from '../artifacts/documents/environment.ts';
import { AppError } from '../errors.ts';

/** The interpreter of the project's own environment, as stage 2.2 reported it. */
export const projectPython = (root: string): string => {
  const { folder } = readArtifact(root, environmentDocument);
  const python = path.resolve(root, folder, 'bin', 'python');
  if (existsSync(python)) return python;
  throw new AppError('tool.missing', `${python} does not exist`, {
    hint: 'The environment of the project was deleted; `specwright resume` builds it again.',
  });
};
