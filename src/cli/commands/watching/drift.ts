import { type Command, Option } from 'commander';
import type { End } from '../../end.ts';
import { loaded } from './shared-options.ts';

type Asked = { spec?: string; window?: string; labels?: string; json?: boolean };

export const driftCommand = (program: Command, end: End): void => {
  program
    .command('drift')
    .summary('production against the spec and the training data')
    .description(
      'Compares a window of production with the SLA rows, the request schema and the training distributions; a finding opens a proposal beside the requirements.',
    )
    .argument('[project]', 'folder of the project (default: here)')
    .addOption(new Option('--spec <file>', 'service.yaml of any service, in place of a project'))
    .option('--window <file>', 'requests and predictions, JSON lines or CSV (default: as CAPTURE_FILE recorded)')
    .option('--labels <file>', 'truths that came later, by id or in the order of the window')
    .option('--json', 'end with one JSON object on stdout')
    .action(async (project: string | undefined, asked: Asked) => {
      const [{ console, world }, { driftOf }, { oneLine }, { rounded }] = await Promise.all([
        loaded(asked),
        import('../../../operations/watching/drift.ts'),
        import('../../show/console.ts'),
        import('../../show/print-sla-rows.ts'),
      ]);
      const { spec, window, labels } = asked;
      const drift = await driftOf({ project, spec, window, labels }, world.now());
      const { print, tone } = console;
      const calm = drift.findings.length === 0;
      print(tone(calm ? 'good' : 'bad', drift.verdict));
      print(`${drift.rows} rows, ${drift.labels} with a known truth, ${drift.tests} tests`);
      for (const { requirement, what, measure, value, threshold, n, effect_size, p } of drift.findings)
        print(
          oneLine(
            `${requirement ?? '-'}  ${what}  ${measure} ${rounded(value)} (threshold ${rounded(threshold)}, n ${n}, effect ${rounded(effect_size)}, p ${rounded(p)})`,
          ),
        );
      for (const unknown of drift.unknown) print(tone('dim', oneLine(unknown)));
      if (drift.proposal !== null) print(`proposal: ${drift.proposal}`);
      if (asked.json) console.json(drift);
      if (!calm) end(3);
    });
};
