import { existsSync, readFileSync } from 'node:fs';
import { tableFacts } from '../data/facts.ts';
import { writeMini } from '../data/mini.ts';
import { dataSchema } from '../data/schema.ts';
import type { Bench } from '../repair/fault.ts';
import { listFiles, readJson, readText } from '../world/files.ts';
import type { StageContext } from './context.ts';
import { projectEnvironment } from './device.ts';

/** What a repair may touch in this project: configuration, mini data, schema and the project's own environment. */
export const repairBench = async (context: StageContext): Promise<Bench> => {
  const schema = () => dataSchema.parse(readJson(context.at('data/schema.json')));
  return {
    root: context.root,
    versions: context.rules.VENV_CONFIG.versions,
    read: (file) => (existsSync(context.at(file)) ? readText(context.at(file)) : null),
    readBytes: (file) => (existsSync(context.at(file)) ? readFileSync(context.at(file)) : null),
    write: (file, content) => context.write(file, content),
    list: (folder) =>
      listFiles(context.at(folder), (file) => file.startsWith('holdout')).map((file) => `${folder}/${file}`),
    install: async (requirement) => {
      const { python } = projectEnvironment(context);
      const result = await context.tool(
        [python, '-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', requirement],
        {
          cwd: context.root,
          limitSeconds: context.rules.VENV_CONFIG.install_limit_seconds,
        },
      );
      return result.exitCode === 0;
    },
    remakeMini: () => writeMini(context.root, schema(), context.rules.ML.mini_rows, context.rules.ML.seed),
    classesInData: async () => (await tableFacts(context.root, schema().target)).classes,
    columnsInData: async () => (await tableFacts(context.root, schema().target)).columns,
  };
};
