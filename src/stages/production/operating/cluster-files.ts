import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import type { ServiceSpec } from '../../../artifacts/service/service-spec.ts';
import type { KubernetesObject } from '../../../deploy/kubernetes/names.ts';
import { kubernetesObjects } from '../../../deploy/kubernetes/objects.ts';
import { validateObjects } from '../../../deploy/kubernetes/validate.ts';
import { messageOf } from '../../../errors.ts';

/** What a cluster needs, by file name in one folder; what a cluster would refuse throws. */
export const clusterFiles = async (
  spec: ServiceSpec,
  plan: { namespace: string; gateway: string; prometheus: string; ruleGroups: object[] },
): Promise<{ files: Record<string, string>; objects: number }> => {
  const byFile = Object.entries(kubernetesObjects(spec, plan)).filter(([, objects]) => objects.length > 0);
  const objects = byFile.flatMap(([, inside]) => inside);
  await validateObjects(objects);
  return {
    files: Object.fromEntries(byFile.map(([name, inside]) => [name, inside.map(yaml).join('---\n')])),
    objects: objects.length,
  };
};

export type ClusterObject = { file: string; kind: string; name: string; fault: string | null };

/** The objects as they lie in the files, each held against the schema of its kind. */
export const checkObjects = async (files: Record<string, string>): Promise<ClusterObject[]> => {
  const found: ClusterObject[] = [];
  for (const [file, text] of Object.entries(files)) {
    for (const document of parseAllDocuments(text)) found.push(await checkObject(file, document.toJS()));
  }
  return found;
};

const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

const checkObject = async (file: string, value: unknown): Promise<ClusterObject> => {
  const parsed = anyObject.safeParse(value);
  if (!parsed.success) return { file, kind: '?', name: '?', fault: z.prettifyError(parsed.error) };
  const { kind, metadata } = parsed.data;
  try {
    await validateObjects([parsed.data as KubernetesObject]);
    return { file, kind, name: metadata.name, fault: null };
  } catch (error) {
    return { file, kind, name: metadata.name, fault: messageOf(error) };
  }
};

export const clusterDefaults = {
  namespace: 'default',
  gateway: 'gateway',
  prometheus: 'http://prometheus-operated.monitoring:9090',
};

const yaml = (value: object): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
