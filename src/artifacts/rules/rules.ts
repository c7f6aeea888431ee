import { existsSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { readText } from '../../world/files.ts';
import { hashOf } from '../catalog.ts';
import { parseDocumentText, splitFrontMatter } from '../front-matter.ts';
import { type RuleData, type RuleName, ruleNames, ruleSchemas } from './schemas.ts';

export type { RuleData, RuleName };

/** The numbers by which the engine works, with the documents that they come from. */
export type Rules = RuleData;
export type RuleFile = { name: RuleName; file: string; text: string; own: boolean };
export type LoadedRules = { rules: Rules; files: Record<RuleName, RuleFile> };

/**
 * Reads the eight rule files in one language. A file of the same name in `ownFolder` takes the place of ours when its
 * front matter says `rule: NAME`; a CLAUDE.md that lies there for another program is left alone.
 */
export const loadRules = (options: {
  packageFolder: string;
  language: 'zh' | 'en';
  ownFolders?: string[];
}): LoadedRules => {
  const entries = ruleNames.map((name) => {
    const own = (options.ownFolders ?? [])
      .flatMap((folder) => [path.join(folder, 'rules', `${name}.md`), path.join(folder, `${name}.md`)])
      .find((file) => existsSync(file) && claimsRule(readText(file), name));
    const file = own ?? path.join(options.packageFolder, 'rules', options.language, `${name}.md`);
    const text = readText(file);
    const { data } = parseDocumentText(text, ruleSchemas[name] as z.ZodType, { file, code: 'rules.invalid' });
    return { name, data, file: { name, file, text, own: own !== undefined } };
  });
  return {
    rules: Object.fromEntries(entries.map(({ name, data }) => [name, data])) as Rules,
    files: Object.fromEntries(entries.map(({ name, file }) => [name, file])) as Record<RuleName, RuleFile>,
  };
};

const claimsRule = (text: string, name: RuleName): boolean =>
  new RegExp(`^rule:\\s*["']?${name}["']?\\s*$`, 'm').test(splitFrontMatter(text)?.yaml ?? '');

export const ruleHash = (rules: Rules, name: RuleName): string => hashOf(rules[name]);
