import path from 'node:path';
import type { Config } from '../config.ts';
import type { Template } from '../scaffold/template.ts';

/** Task families and the layer that each adds to `templates/base`. A new family is a folder and a line here. */
const layers: Record<string, string> = {
  tabular_classification: 'tabular',
  tabular_regression: 'tabular',
};

export const templateOf = (config: Config, task: string | null): Template | null => {
  const name = task ? layers[task] : undefined;
  const folder = (layer: string) => path.join(config.packageFolder, 'templates', layer);
  return name ? { layers: [folder('base'), folder(name)], package: 'ml_project' } : null;
};

/** What all families share, the requirement files and the modules to load among it. */
export const sharedTemplate = (config: Config): string => path.join(config.packageFolder, 'templates/base');

export const familyLayers = [...new Set(Object.values(layers))];
