import { type Command, Option } from 'commander';
import { loaded } from './shared-options.ts';

type Asked = { spec?: string; out: string; gateway: string; namespace: string; prometheus: string; json?: boolean };

export const manifestsCommand = (program: Command): void => {
  program
    .command('manifests')
    .summary('compose, Kubernetes and monitoring files from a spec')
    .description(
      "Writes the compose file, the Kubernetes objects (checked against their schemas) and the monitoring files from a service's spec.",
    )
    .argument('[project]', 'folder of the project (default: here)')
    .addOption(new Option('--spec <file>', 'service.yaml of any service, in place of a project'))
    .requiredOption('--out <folder>', 'where to write')
    .option('--gateway <name>', 'the Gateway that routes attach to', 'gateway')
    .option('--namespace <name>', 'the namespace of the service', 'default')
    .option('--prometheus <url>', 'where Argo Rollouts asks Prometheus', 'http://prometheus-operated.monitoring:9090')
    .option('--json', 'end with one JSON object on stdout')
    .action(async (project: string | undefined, asked: Asked) => {
      const [{ console, config }, { writeManifests }] = await Promise.all([
        loaded(asked),
        import('../../../operations/watching/manifests.ts'),
      ]);
      const written = await writeManifests(config, { project, ...asked });
      console.print(`${written.service}: ${written.objects} Kubernetes objects, each valid against its schema`);
      for (const file of written.files) console.print(`${written.folder}/${file}`);
      if (asked.json) console.json(written);
    });
};
