import path from 'node:path';
import { predict, sampleOf } from '../../operations/predict.ts';
import { bringUp, serviceOf, takeDown } from '../../operations/service.ts';
import { createConsole } from '../show/console.ts';
import { quoted } from '../show/print-summary.ts';
import { surroundings } from '../surroundings.ts';
import { makeProject } from './make-project.ts';
import { runSession } from './run-session.ts';

const sample = 'penguins';

/** The shipped sample from brief to answer, in a folder of its own; a second time everything is up to date. */
export const startSample = async (): Promise<number> => {
  const around = surroundings();
  const { config, world } = around;
  const folder = path.join(config.packageFolder, 'samples', sample);
  const { print, tone } = createConsole();
  const root = await makeProject(around, path.join(folder, 'brief.md'), {
    data: path.join(folder, `${sample}.csv`),
    out: path.join(config.projectsFolder, sample),
    target: 'process',
  });
  const code = await runSession(around, root, { yes: true });
  if (code !== 0) return code;
  const before = await serviceOf(world, root);
  const { state } = await bringUp(config, world, root, new AbortController().signal);
  try {
    const { inputs, outputs } = await predict(world, root, { json: JSON.stringify(sampleOf(root)) });
    print();
    print(`POST ${state.url}/predict`);
    print(`  ${tone('dim', 'input ')}  ${JSON.stringify(inputs?.[0])}`);
    print(`  ${tone('dim', 'answer')}  ${tone('good', JSON.stringify(outputs[0]))}`);
  } finally {
    if (before === null) await takeDown(world, root);
  }
  print();
  print('Bring it up again:');
  print(`  npx specwright up ${quoted(root)}`);
  return 0;
};
