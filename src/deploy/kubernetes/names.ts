import canonicalize from 'canonicalize';
import type { ServiceSpec } from '../../artifacts/service/service-spec.ts';
import { sha256 } from '../../world/files.ts';

export type KubernetesObject = { apiVersion: string; kind: string; metadata: { name: string } & object } & Record<
  string,
  unknown
>;

export type Names = {
  app: string;
  /** With the hash of what is inside: a change makes a new object, and with it new pods. */
  config: string;
  secrets: string;
  canary: string;
  analysis: string;
  workload: 'Deployment' | 'Rollout';
};
export type Named = { spec: ServiceSpec; names: Names };

export const namesOf = (spec: ServiceSpec): Names => ({
  app: spec.name,
  config: `${spec.name}-config-${sha256(canonicalize(spec.settings) ?? '').slice(0, 10)}`,
  secrets: `${spec.name}-secrets`,
  canary: `${spec.name}-canary`,
  analysis: `${spec.name}-slas`,
  workload: spec.rollout.strategy === 'canary' ? 'Rollout' : 'Deployment',
});

export const selector = ({ names }: Named) => ({ 'app.kubernetes.io/name': names.app });

export const metadata = (named: Named, name: string) => ({
  name,
  labels: {
    ...selector(named),
    'app.kubernetes.io/version': named.spec.version,
    'app.kubernetes.io/managed-by': 'specwright',
  },
});

/** A name that Kubernetes takes, from a folder or a volume's name. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
