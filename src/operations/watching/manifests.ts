import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { loadRules } from '../../artifacts/rules/rules.ts';
import type { Config } from '../../config.ts';
import { composeFile } from '../../deploy/compose-file.ts';
import { kubernetesObjects } from '../../deploy/kubernetes/objects.ts';
import { validateObjects } from '../../deploy/kubernetes/validate.ts';
import { alertRules } from '../../monitor/alert-rules.ts';
import { alertInput } from '../../monitor/from-spec.ts';
import { monitoringFiles } from '../../monitor/monitoring-files.ts';
import { readText, writeAtomically } from '../../world/files.ts';
import { findService, type Where } from '../release/find-service.ts';

export type Written = { service: string; folder: string; files: string[]; objects: number };
type Asked = Where & { out: string; gateway: string; namespace: string; prometheus: string };

const yaml = (value: object): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/** Everything that is written from a service's spec, in one folder; what a cluster would refuse is refused here. */
export const writeManifests = async (config: Config, asked: Asked): Promise<Written> => {
  const { spec } = findService(asked);
  const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
  const input = alertInput(spec, rules.DOCKER_CONFIG.alerts);
  const { gateway, namespace, prometheus } = asked;
  const byFile = kubernetesObjects(spec, { gateway, namespace, prometheus, ruleGroups: alertRules(input).groups });
  const objects = Object.values(byFile).flat();
  await validateObjects(objects);
  const targets = [`${spec.name}:${spec.port}`];
  const monitoring = monitoringFiles(input, { targets, predicts: null, alertmanagers: ['alertmanager:9093'] });
  const script = readText(path.join(config.packageFolder, 'templates/base/deploy/monitoring/watch.py'));
  const files = {
    'docker-compose.yml': yaml(composeFile(spec)),
    ...under(
      'kubernetes',
      mapped(byFile, (inside) => inside.map(yaml).join('---\n')),
    ),
    ...under('monitoring', { ...monitoring, 'watch.py': script }),
  };
  const folder = path.resolve(asked.out);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    await writeAtomically(path.join(folder, name), text);
  }
  return { service: spec.name, folder, files: Object.keys(files), objects: objects.length };
};

const under = (folder: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

const mapped = <From, To>(entries: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(
    Object.entries(entries)
      .filter(([, value]) => !Array.isArray(value) || value.length > 0)
      .map(([name, value]) => [name, change(value)]),
  );
