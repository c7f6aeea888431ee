import { type KubernetesObject, metadata, type Named, slug } from './names.ts';

/** None where there is nothing to set. */
export const configMap = (named: Named): KubernetesObject[] =>
  Object.keys(named.spec.settings).length === 0
    ? []
    : [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: metadata(named, named.names.config),
          immutable: true,
          data: named.spec.settings,
        },
      ];

/** Each volume of the spec is a claim: a cluster knows no folder of this machine. */
export const volumeClaims = (named: Named): KubernetesObject[] =>
  named.spec.volumes.map(({ source, read_only }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata(named, claimOf(named, source)),
    spec: {
      accessModes: [read_only ? 'ReadOnlyMany' : 'ReadWriteMany'],
      resources: { requests: { storage: '1Gi' } },
    },
  }));

export const claimOf = ({ names }: Named, source: string): string => {
  const own = slug(source);
  return own.startsWith(names.app) ? own : `${names.app}-${own}`;
};

/** Settings from the hashed map, secrets by name from an object that people or a vault fill. */
export const environmentOf = ({ spec, names }: Named): object => ({
  ...(Object.keys(spec.settings).length > 0 && { envFrom: [{ configMapRef: { name: names.config } }] }),
  env: [
    { name: 'PORT', value: String(spec.port) },
    { name: 'MODEL_VERSION', value: spec.version },
    ...spec.secrets.map((name) => ({ name, valueFrom: { secretKeyRef: { name: names.secrets, key: name } } })),
  ],
});
