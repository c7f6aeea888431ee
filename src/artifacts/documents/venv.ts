import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { fenced, table } from '../markdown.ts';

export const venvSchema = z.strictObject({
  python: z.strictObject({ minimum: z.string(), maximum: z.string() }),
  environments: z.array(
    z.strictObject({ device: z.enum(['cpu', 'gpu']), folder: z.string(), requirements: z.array(z.string()) }),
  ),
  packages: z.array(z.strictObject({ name: z.string(), version: z.string(), needed_by: z.string() })),
  copies: z.array(z.strictObject({ file: z.string(), sha256: z.string() })),
});
export type Venv = z.infer<typeof venvSchema>;

/** `spec/venv.md`: the environment that stage 2.2 builds. */
export const venvDocument: ArtifactDocument<Venv> = {
  file: 'spec/venv.md',
  schema: venvSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    const cpu = data.environments[0];
    return [
      `# ${say('Python 环境', 'Python environment')}`,
      say(
        `Python ${data.python.minimum} 到 ${data.python.maximum}。`,
        `Python ${data.python.minimum} to ${data.python.maximum}.`,
      ),
      fenced(
        [
          `python -m venv ${cpu?.folder}`,
          ...(cpu?.requirements ?? []).map((file) => `${cpu?.folder}/bin/pip install -r ${file}`),
        ].join('\n'),
        'bash',
      ),
      table(
        [say('包', 'package'), say('版本', 'version'), say('谁需要', 'needed by')],
        data.packages.map((one) => [one.name, one.version, one.needed_by]),
      ),
      `## ${say('规则文件副本', 'Copies of the rule files')}`,
      table(
        [say('文件', 'file'), 'SHA-256'],
        data.copies.map((one) => [one.file, one.sha256]),
      ),
    ].join('\n\n');
  },
};
