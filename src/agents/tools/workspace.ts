import { existsSync, lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { isInside, listFiles, readText } from '../../world/files.ts';

/** What an agent may see and change of a project. */
export type Workspace = {
  root: string;
  /** Files relative to the project, without what is hidden. */
  files(folder: string): string[];
  read(file: string): string;
  /** Null removes the file. */
  write(file: string, text: string | null): Promise<void>;
};

/** A refusal that the agent is told and the journal keeps; the agent may go on. */
export class ToolRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ToolRefusal';
  }
}

/** The sealed hold-out, the engine's own records, environments, and what looks like a secret. */
const hidden = /^(?:\.specwright|\.git|debug-[a-z]+|data\/holdout|node_modules)(?:\/|$)/;
const secret =
  /(?:^|\/)(?:\.env(?:\..*)?|\.netrc|\.npmrc|\.pypirc|id_[a-z0-9]+|[^/]*\.(?:pem|key|p12|pfx)|credentials(?:\..*)?)$/;
const largestBytes = 400_000;

export const createWorkspace = (options: {
  root: string;
  /** Whether the task may change a file. */
  writable(file: string): boolean;
  /** Writes, or with null removes, through the journal. */
  write(file: string, text: string | null): Promise<void>;
}): Workspace => {
  const root = realpathSync(options.root);
  const locate = (given: string): string => {
    const target = path.resolve(root, given);
    if (!isInside(target, root) && target !== root) throw new ToolRefusal(`${given} lies outside of the project`);
    const relative = path.relative(root, target).split(path.sep).join('/');
    if (hidden.test(relative)) throw new ToolRefusal(`${relative} is not for agents`);
    if (secret.test(relative)) throw new ToolRefusal(`${relative} looks like a secret`);
    const real = realOf(target);
    if (!isInside(real, root) && real !== root) throw new ToolRefusal(`${relative} leads out of the project`);
    const realRelative = path.relative(root, real).split(path.sep).join('/');
    if (hidden.test(realRelative) || secret.test(realRelative))
      throw new ToolRefusal(`${relative} leads to what is not for agents`);
    return relative;
  };
  return {
    root,
    files: (folder) => {
      const at = locate(folder);
      if (!existsSync(path.join(root, at))) throw new ToolRefusal(`${folder} does not exist`);
      return listFiles(path.join(root, at), (one) => hidden.test(path.posix.join(at, one)))
        .map((one) => path.posix.join(at, one))
        .filter((one) => !secret.test(one));
    },
    read: (file) => {
      const at = locate(file);
      const target = path.join(root, at);
      if (!existsSync(target) || !lstatSync(realpathSync(target)).isFile()) throw new ToolRefusal(`${file} is no file`);
      const { size } = lstatSync(realpathSync(target));
      if (size > largestBytes) throw new ToolRefusal(`${file} has ${size} bytes, at most ${largestBytes} are read`);
      return readText(target);
    },
    write: async (file, text) => {
      const at = locate(file);
      if (!options.writable(at)) throw new ToolRefusal(`${at} may not be changed by this task`);
      if (existsSync(path.join(root, at)) && lstatSync(path.join(root, at)).isSymbolicLink()) {
        throw new ToolRefusal(`${at} is a link`);
      }
      await options.write(at, text);
    },
  };
};

/** The real path of a file that may not exist yet: that of its deepest folder that does. */
const realOf = (target: string): string => {
  if (existsSync(target) || isDanglingLink(target)) return isDanglingLink(target) ? '/' : realpathSync(target);
  const parent = path.dirname(target);
  return parent === target ? target : path.join(realOf(parent), path.basename(target));
};

const isDanglingLink = (target: string): boolean => {
  const found = lstatSync(target, { throwIfNoEntry: false });
  return (found?.isSymbolicLink() ?? false) && !existsSync(target);
};
