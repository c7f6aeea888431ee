/**
 * A rollout to look at: `npm run show:rollout [-- --out docs/rollout-record.md]`. A version, a canary of a good one to
 * 100 %, a canary of a bad one that the judge ends, a rollback, all under load, and an alert in a real Alertmanager;
 * once on containers behind HAProxy, once on processes with neither Docker nor HAProxy. Writes what really happened.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildTestImage } from '../test/rollout/rig.ts';
import { type Outcome, perform, type Stage } from './show/acts.ts';
import { describeMachine, startRecord } from './show/record.ts';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const hasImage = await buildTestImage();
const parts: string[] = [
  '# A rollout, recorded',
  `Written by \`npm run show:rollout\` on ${new Date().toISOString()}; nothing below was edited by hand.`,
  await describeMachine(),
];
const outcomes: Outcome[] = [];

const show = async (title: string, chosen: Pick<Stage, 'target' | 'router'>): Promise<void> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'specwright-show-'));
  const record = startRecord(folder);
  record.write(`## ${title}`);
  try {
    outcomes.push(await perform({ record, folder, ...chosen }));
  } finally {
    await record.specwright('down', '--spec', 'service.yaml');
    rmSync(folder, { recursive: true, force: true });
  }
  parts.push(record.text());
};

if (hasImage) await show('Containers behind HAProxy', { target: 'docker', router: 'haproxy' });
else
  parts.push('## Containers behind HAProxy\n\n**Not run**: no Docker engine answers, or node:24-slim is not at hand.');
await show('Processes, without Docker and without HAProxy', { target: 'process', router: 'builtin' });
parts.push(
  `Load average at the end: ${loadavg()
    .map((one) => one.toFixed(2))
    .join(', ')}.`,
);

const text = `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
if (values.out) writeFileSync(values.out, text);
else process.stdout.write(text);
const isAsItShould = ({ rolledOut, refused, returned, failedOnStable, alerted }: Outcome) =>
  rolledOut && refused && returned && failedOnStable === 0 && alerted;
process.stderr.write(`${JSON.stringify(outcomes)}\n`);
process.exit(outcomes.every(isAsItShould) ? 0 : 1);
