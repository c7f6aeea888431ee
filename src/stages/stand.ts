import { readIfPresent } from '../artifacts/document.ts';
import { runtimeDocument } from '../artifacts/documents/runtime.ts';
import type { Stand } from '../pipeline/context.ts';
import type { StageContext } from './context.ts';

/**
 * Where the service runs on this machine while it is checked, measured and rehearsed. A cluster is not reached from
 * here: what is meant for one stands as a container where an engine answered at stage 3.1, and as a process elsewhere.
 */
export const standOf = ({ root, settings }: Pick<StageContext, 'root' | 'settings'>): Stand =>
  settings.target === 'kubernetes' ? (readIfPresent(root, runtimeDocument)?.measured_on ?? 'process') : settings.target;
