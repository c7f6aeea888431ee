import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { loadRules } from '../../artifacts/rules/rules.ts';
import type { Config } from '../../config.ts';
import { composeText } from '../../deploy/compose-file.ts';
import { alertRules } from '../../monitor/alert-rules.ts';
import { alertInput } from '../../monitor/from-spec.ts';
import { monitoringFiles } from '../../monitor/monitoring-files.ts';
import { clusterFiles } from '../../stages/production/operating/cluster-files.ts';
import { readText, writeAtomically } from '../../world/files.ts';
import { findService, type Where } from '../release/find-service.ts';

export type Written = { service: string; folder: string; files: string[]; objects: number };
type Asked = Where & { out: string; gateway: string; namespace: string; prometheus: string };

/** Everything that is written from a service's spec, in one folder; what a cluster would refuse is refused here. */
export const writeManifests = async (config: Config, asked: Asked): Promise<Written> => {
  const { spec, file } = findService(asked);
  const folder = path.resolve(asked.out);
  const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
  const input = alertInput(spec, rules.DOCKER_CONFIG.alerts);
  const { gateway, namespace, prometheus } = asked;
  const cluster = await clusterFiles(spec, { gateway, namespace, prometheus, ruleGroups: alertRules(input).groups });
  const targets = [`${spec.name}:${spec.port}`];
  const monitoring = monitoringFiles(input, { targets, predicts: null, alertmanagers: ['alertmanager:9093'] });
  const script = readText(path.join(config.packageFolder, 'templates/base/deploy/monitoring/watch.py'));
  const files = {
    'docker-compose.yml': composeText(spec, {
      file: 'docker-compose.yml',
      specFolder: path.relative(folder, path.dirname(file)) || '.',
    }),
    ...under('kubernetes', cluster.files),
    ...under('monitoring', { ...monitoring, 'watch.py': script }),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    await writeAtomically(path.join(folder, name), text);
  }
  return { service: spec.name, folder, files: Object.keys(files), objects: cluster.objects };
};

const under = (folder: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
