import { readFileSync } from 'node:fs';
import nunjucks from 'nunjucks';
import { parseDocument } from 'yaml';
import { formatPython, sortImports } from './ruff.ts';
import { type Template, templateFile, templateFiles } from './template.ts';

export type RenderedFile = { path: string; content: string | Uint8Array };

export type RenderOptions = {
  template: Template;
  package: string;
  language: 'zh' | 'en';
  /** Values of the README and of other `.njk` files. */
  values: Record<string, unknown>;
  /** Configuration file → dotted key → value; comments in the file stay. */
  settings: Record<string, Record<string, unknown>>;
  /** Changes to whole files that are not code, such as pins of requirement files. */
  texts?: Record<string, (text: string) => string>;
};

/** Data come from the engine; plan, modules and facts are for the engine; parts of the README stand in it. */
const skipped = /^(data|readme\.(zh|en)|preload\.txt|tasks\.yaml|family\.yaml)(\/|$)/;
const textFile =
  /\.(py|md|njk|toml|txt|ya?ml|json|ipynb|cfg|ini|dockerignore|gitignore|conf)$|(^|\/)(Dockerfile[.\w-]*|\.dockerignore|\.gitignore)$/;

/**
 * The template as the project's own: its package under the project's name, values in `.njk` files and in YAML
 * settings. No other part of the code is changed; only its format is, where a longer name breaks a line.
 */
export const renderTemplate = async (options: RenderOptions): Promise<RenderedFile[]> => {
  const engine = new nunjucks.Environment(partsOf(options.template), { autoescape: false, throwOnUndefined: true });
  const files: RenderedFile[] = [];
  for (const [relative, source] of templateFiles(options.template)) {
    const name = skipped.test(relative) ? null : targetName(relative, options);
    if (name === null) continue;
    const raw = readFileSync(source);
    if (!textFile.test(relative)) {
      files.push({ path: name, content: raw });
      continue;
    }
    let text = rename(raw.toString('utf8'), options.template.package, options.package);
    if (relative.endsWith('.njk')) text = engine.renderString(text, options.values);
    const settings = options.settings[name];
    if (settings) text = applySettings(text, settings);
    text = options.texts?.[name]?.(text) ?? text;
    if (name.endsWith('.py')) text = await formatPython(await sortImports(text, [options.package, 'tests']));
    files.push({ path: name, content: text });
  }
  return files;
};

/** What `{% include %}` finds: the files of the template by their own paths. */
const partsOf = (template: Template): nunjucks.ILoader => ({
  getSource: (name) => {
    const file = templateFile(template, name);
    return { src: readFileSync(file, 'utf8').trimEnd(), path: file, noCache: true };
  },
});

/** `README.en.md.njk` becomes `README.md` in an English project, and is left out of a Chinese one. */
const targetName = (relative: string, options: RenderOptions): string | null => {
  const localised = /^(.*)\.(zh|en)(\.[a-z]+)\.njk$/.exec(relative);
  if (localised && localised[2] !== options.language) return null;
  const plain = localised ? `${localised[1]}${localised[3]}` : relative.replace(/\.njk$/, '');
  return rename(plain, options.template.package, options.package);
};

const rename = (text: string, from: string, to: string): string =>
  text.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), to);

const applySettings = (text: string, settings: Record<string, unknown>): string => {
  const document = parseDocument(text);
  for (const [key, value] of Object.entries(settings)) document.setIn(key.split('.'), value);
  return document.toString({ lineWidth: 0 });
};
