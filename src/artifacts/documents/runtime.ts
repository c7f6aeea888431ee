import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { table } from '../markdown.ts';

export const runtimeSchema = z.strictObject({
  target: z.enum(['process', 'docker', 'kubernetes']),
  /** Where the service is run on this machine; what is meant for a cluster is a container where an engine answers. */
  measured_on: z.enum(['process', 'docker']),
  docker_version: z.string().nullable(),
  compose_version: z.string().nullable(),
  gpu_passthrough: z.boolean(),
  gpu_needed: z.boolean(),
  problem: z.strictObject({ kind: z.string(), message: z.string(), next: z.string() }).nullable(),
  proofs: z.array(z.strictObject({ what: z.string(), command: z.string(), exit_code: z.number(), output: z.string() })),
});
export type Runtime = z.infer<typeof runtimeSchema>;

export const runtimeDocument: ArtifactDocument<Runtime> = {
  file: 'reports/docker_env_report.md',
  schema: runtimeSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('运行环境', 'Runtime')}: ${data.target}`,
      ...(data.target === 'kubernetes' ? [clusterText(data, say)] : []),
      table(
        [say('项目', 'what'), say('值', 'value')],
        [
          ['docker_version', data.docker_version],
          ['compose_version', data.compose_version],
          ['gpu_passthrough', data.gpu_passthrough],
        ],
      ),
      data.problem ? `**${data.problem.message}** — ${data.problem.next}` : '',
      `## ${say('实际用过', 'Proved by use')}`,
      table(
        [say('内容', 'what'), say('命令', 'command'), say('退出码', 'exit code'), say('输出', 'output')],
        data.proofs.map((one) => [one.what, one.command, one.exit_code, one.output]),
      ),
    ].join('\n\n');
  },
};

/** No cluster is asked: what can be shown without one is shown, the rest is said not to have been. */
const clusterText = ({ measured_on }: Runtime, say: (zh: string, en: string) => string): string =>
  measured_on === 'docker'
    ? say(
        '集群：**未询问**。Kubernetes 对象只写出并按模式校验；服务本身在本机以容器运行来检查。',
        'Cluster: **not asked**. Objects are written and held against their schemas; the service itself is checked as a container on this machine.',
      )
    : say(
        '集群：**未询问**。Kubernetes 对象只写出并按模式校验；本机没有可用的 Docker，服务以进程运行来检查，镜像**未构建**。',
        'Cluster: **not asked**. Objects are written and held against their schemas; no Docker engine answers here, so the service is checked as a process, and its image was **not built**.',
      );
