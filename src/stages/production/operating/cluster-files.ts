import { stringify } from 'yaml';
import type { ServiceSpec } from '../../../artifacts/service/service-spec.ts';
import { composeFile } from '../../../deploy/compose-file.ts';
import { kubernetesObjects } from '../../../deploy/kubernetes/objects.ts';
import { validateObjects } from '../../../deploy/kubernetes/validate.ts';

/** What a cluster or an engine with compose needs, by path in one folder; what a cluster would refuse throws. */
export const clusterFiles = async (
  spec: ServiceSpec,
  plan: { namespace: string; gateway: string; prometheus: string; ruleGroups: object[] },
): Promise<{ files: Record<string, string>; objects: number }> => {
  const byFile = Object.entries(kubernetesObjects(spec, plan)).filter(([, objects]) => objects.length > 0);
  const objects = byFile.flatMap(([, inside]) => inside);
  await validateObjects(objects);
  return {
    files: {
      'docker-compose.yml': yaml(composeFile(spec)),
      ...Object.fromEntries(byFile.map(([name, inside]) => [`kubernetes/${name}`, inside.map(yaml).join('---\n')])),
    },
    objects: objects.length,
  };
};

export const clusterDefaults = {
  namespace: 'default',
  gateway: 'gateway',
  prometheus: 'http://prometheus-operated.monitoring:9090',
};

const yaml = (value: object): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
