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

/** A cluster knows no folder of this machine: where the image holds the files too, those are used. */
export const volumesOf = ({ spec }: Named): Named['spec']['volumes'] =>
  spec.volumes.filter(({ in_image }) => !in_image);

/** Each volume is a claim. */
export const volumeClaims = (named: Named): KubernetesObject[] =>
  volumesOf(named).map(({ source, read_only }) => ({
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

/** Variables that the surroundings may set and no setting does. */
export const unset = ({ environment, settings }: Named['spec']): string[] =>
  environment.filter((name) => !(name in settings));

/** Settings from the hashed map, secrets by name from an object that people or a vault fill. */
export const environmentOf = ({ spec, names }: Named): object => ({
  ...(Object.keys(spec.settings).length > 0 && { envFrom: [{ configMapRef: { name: names.config } }] }),
  env: [
    { name: 'PORT', value: String(spec.port) },
    { name: 'MODEL_VERSION', value: spec.version },
    ...spec.secrets.map((name) => ({ name, valueFrom: { secretKeyRef: { name: names.secrets, key: name } } })),
    ...unset(spec).map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: names.secrets, key: name, optional: true } },
    })),
  ],
});
