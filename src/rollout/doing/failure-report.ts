import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fenced } from '../../artifacts/markdown.ts';
import { writeAtomically } from '../../world/files.ts';

export type Failure = {
  service: string;
  version: string;
  because: string;
  /** What the probes and requests said, a line each. */
  health: string[];
  /** What each copy wrote last. */
  output: { name: string; text: string }[];
};

/** `docker_error_report_N.md`, in Chinese and English: the folder may be read by somebody who chose neither. */
export const writeFailureReport = async (folder: string, failure: Failure): Promise<string> => {
  const taken = existsSync(folder)
    ? readdirSync(folder).map((name) => Number(/^docker_error_report_(\d+)\.md$/.exec(name)?.[1] ?? 0))
    : [];
  const file = path.join(folder, `docker_error_report_${Math.max(0, ...taken) + 1}.md`);
  await writeAtomically(file, failureReport(failure));
  return file;
};

const failureReport = ({ service, version, because, health, output }: Failure): string =>
  `${[
    `# 发布失败 · The release failed: ${service} ${version}`,
    because,
    '旧版本未被改动，继续提供服务。 The version before was not touched and goes on serving.',
    '## 健康检查记录 · Health log',
    fenced(health.join('\n') || '-', 'text'),
    '## 服务的最后输出 · Last output of the service',
    ...output.map(({ name, text }) => `### ${name}\n\n${fenced(text || '-', 'text')}`),
  ].join('\n\n')}\n`;
