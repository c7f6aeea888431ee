import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { notebookInChinese, readChineseWords } from '../../src/scaffold/chinese-words.ts';
import { familyLayers } from '../../src/stages/templates.ts';
import { listFiles, readText } from '../../src/world/files.ts';

const templates = path.join(loadConfig({}).packageFolder, 'templates');
const words = readChineseWords(path.join(templates, 'zh.yaml'));
const layers = ['base', 'pictures', ...familyLayers];
const notebook = (family: string) => readText(path.join(templates, family, 'scripts/explore_data.ipynb'));

test('every setting that a README explains has its meaning in Chinese, and none is left over', () => {
  const meanings = layers.flatMap((layer) =>
    listFiles(path.join(templates, layer, 'configs'))
      .filter((file) => /^(config|data\/data|trainer\/trainer)\.yaml$/.test(file))
      .flatMap((file) => [
        ...readText(path.join(templates, layer, 'configs', file)).matchAll(/^ {2}\w+: \S+ *# (.+)$/gm),
      ])
      .map(([, meaning]) => meaning!),
  );
  expect(Object.keys(words.settings).sort()).toEqual([...new Set(meanings)].sort());
});

test.each(familyLayers)('the notebook of %s says everything in Chinese', (family) => {
  const { cells } = JSON.parse(notebookInChinese(notebook(family), words, family)) as {
    cells: { cell_type: string; source: string[] }[];
  };
  for (const { cell_type, source } of cells) {
    const text = source.join('');
    if (cell_type === 'markdown') expect(text).toMatch(/^#+ .*\p{Script=Han}/u);
  }
});

test('no words are left over', () => {
  const all = familyLayers.map(notebook).join('\n');
  expect(Object.keys(words.notebook).filter((title) => !all.includes(`# ${title}`))).toEqual([]);
});
