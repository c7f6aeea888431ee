import { AppError } from '../errors.ts';

export type Requirement = { name: string; extras: string; version: string };

/** PEP 503: case, `_` and `.` do not tell packages apart. */
export const normalisedName = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

const form = /^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[A-Za-z0-9,._-]+\])?==([0-9][0-9A-Za-z.+!-]*)$/;

/** The lines of a requirements file; anything but `name==version` is refused. */
export const parseRequirements = (text: string, file = 'requirements.txt'): Requirement[] =>
  text
    .split('\n')
    .map((line, index) => ({ line: line.replace(/\s+#.*$|^#.*$/, '').trim(), at: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('-r '))
    .map(({ line, at }) => {
      const match = form.exec(line);
      if (!match) {
        throw new AppError('artifact.invalid', `${file}:${at}: "${line}" is not pinned as name==version`);
      }
      return { name: normalisedName(match[1]!), extras: match[2] ?? '', version: match[3]! };
    });

/** The same packages with the versions of the version matrix; a package that it does not name keeps its pin. */
export const pinnedRequirements = (text: string, versions: Record<string, string>): string[] =>
  parseRequirements(text).map(({ name, extras, version }) => `${name}${extras}==${versions[name] ?? version}`);

/** A requirements file with further packages among its own, in their order. */
export const withPackages = (text: string, names: string[], versions: Record<string, string>): string => {
  const lines = text.trimEnd().split('\n');
  for (const name of names) {
    const version = versions[name];
    if (version === undefined) {
      throw new AppError('rules.invalid', `VENV_CONFIG.md has no version of ${name}, which the project imports`);
    }
    const at = lines.findIndex((line) => form.test(line.trim()) && line.toLowerCase() > name);
    lines.splice(at < 0 ? lines.length : at, 0, `${name}==${version}`);
  }
  return `${lines.join('\n')}\n`;
};

/** A requirements file with its comments, every pin replaced by the version matrix. */
export const pinFile = (text: string, versions: Record<string, string>): string =>
  text
    .split('\n')
    .map((line) => {
      const match = form.exec(line.trim());
      const version = match ? versions[normalisedName(match[1]!)] : undefined;
      return match && version ? `${match[1]}${match[2] ?? ''}==${version}` : line;
    })
    .join('\n');
