import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readText } from '../../world/files.ts';
import type { Scan } from '../scan.ts';

/** Where a run leaves its products; a README may name them before they exist. */
const products = /^(runs|models|data|reports|deploy|spec|debug-cpu|debug-gpu|\.specwright)(\/|$)/;
/** Served by the web framework itself. */
const frameworkRoutes = new Set(['/docs', '/openapi.json', '/']);

/** What README.md states against what is there: flags, files, endpoints and configuration keys. */
export const compareReadme = (root: string, readme: string, scan: Scan): string[] => {
  const code = [...readme.matchAll(/```[\w-]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map((match) => match[1] ?? match[2] ?? '');
  return [
    ...flagsOf(code)
      .filter(({ flag, script }) => !knowsFlag(scan, script, flag))
      .map(({ flag, script }) => `${script} has no ${flag}`),
    ...filesOf(code)
      .filter((file) => !products.test(file) && !existsSync(path.join(root, file)))
      .map((file) => `there is no ${file}`),
    ...routesOf(code)
      .filter((route) => !frameworkRoutes.has(route) && !scan.files.some(({ routes }) => routes.includes(route)))
      .map((route) => `nothing serves ${route}`),
    ...keysOf(code)
      .filter((key) => !configurationKeys(root).has(key))
      .map((key) => `no configuration has ${key}`),
  ];
};

const flagsOf = (code: string[]) =>
  code
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .flatMap((line) => {
      const script = /scripts\/(\w+\.py)/.exec(line)?.[1];
      return script
        ? [...line.slice(line.indexOf('scripts/')).matchAll(/\s(--[a-zA-Z][\w-]*)/g)].map((match) => ({
            script: `scripts/${script}`,
            flag: match[1]!,
          }))
        : [];
    });

const knowsFlag = (scan: Scan, script: string, flag: string): boolean =>
  scan.files.some(
    ({ path: file, flags }) => (file === script || !file.startsWith('scripts/')) && flags.includes(flag),
  ) || flag === '--help';

const filesOf = (code: string[]): string[] => [
  ...new Set(
    code.flatMap((block) =>
      [...block.matchAll(/(?<![\w/.:-])((?:[\w-]+\/)+[\w.-]+\.(?:py|ya?ml|md|txt|ipynb|toml|json))(?![\w/])/g)].map(
        (match) => match[1]!,
      ),
    ),
  ),
];

const routesOf = (code: string[]): string[] => [
  ...new Set(
    code.flatMap((block) =>
      [...block.matchAll(/(?:GET|POST|localhost:\d+|127\.0\.0\.1:\d+)\s*(\/[a-z][\w/.-]*)/g)].map((match) => match[1]!),
    ),
  ),
];

const keysOf = (code: string[]): string[] => [
  ...new Set(
    code.flatMap((block) =>
      [...block.matchAll(/(?<![\w-])((?:model|data|trainer)\.[a-z_.]+)=/g)].map((match) => match[1]!),
    ),
  ),
];

const configurationKeys = (root: string): Set<string> => {
  const keys = new Set<string>();
  const visit = (value: unknown, prefix: string) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) {
      keys.add(`${prefix}${name}`);
      visit(child, `${prefix}${name}.`);
    }
  };
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (/\.ya?ml$/.test(entry.name)) visit(parse(readText(file)), '');
    }
  };
  walk(path.join(root, 'configs'));
  return keys;
};
