import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { table } from '../markdown.ts';

export const environmentSchema = z.strictObject({
  python_version: z.string(),
  platform: z.string(),
  folder: z.string(),
  device: z.enum(['cpu', 'gpu']),
  gpu: z.strictObject({ available: z.boolean(), name: z.string().nullable(), cuda: z.string().nullable() }),
  packages_installed: z.record(z.string(), z.string()),
  required: z.record(z.string(), z.string()),
  missing: z.array(z.string()),
  foreign: z.array(z.string()),
  pip_check: z.strictObject({ exit_code: z.number(), output: z.string() }),
  source: z.enum(['built', 'cache']),
  clone: z.enum(['linked', 'copied']),
});
export type Environment = z.infer<typeof environmentSchema>;

/** `reports/env_check_report.md`; the same data lies beside it as JSON, because the acceptance rule names that. */
export const environmentDocument: ArtifactDocument<Environment> = {
  file: 'reports/env_check_report.md',
  schema: environmentSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('环境检查', 'Environment check')}`,
      table(
        [say('项目', 'what'), say('值', 'value')],
        [
          ['python_version', data.python_version],
          [say('平台', 'platform'), data.platform],
          [say('文件夹', 'folder'), data.folder],
          ['GPU', data.gpu.available ? `${data.gpu.name} (CUDA ${data.gpu.cuda})` : say('没有', 'none')],
          ['pip check', data.pip_check.exit_code === 0 ? say('干净', 'clean') : data.pip_check.output],
          [say('缺少', 'missing'), data.missing.join(', ') || '–'],
          [say('多余', 'foreign'), data.foreign.join(', ') || '–'],
        ],
      ),
      `## packages_installed (${Object.keys(data.packages_installed).length})`,
      table(
        [say('包', 'package'), say('版本', 'version'), say('要求', 'required')],
        Object.entries(data.packages_installed).map(([name, version]) => [
          name,
          version,
          data.required[name] ?? say('依赖', 'dependency'),
        ]),
      ),
    ].join('\n\n');
  },
};
