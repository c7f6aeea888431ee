import { existsSync } from 'node:fs';
import { requirementsDocument } from '../../artifacts/documents/requirements-document.ts';
import { venvDocument } from '../../artifacts/documents/venv.ts';
import { parseRequirements } from '../../environment/requirement-files.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { refuseIf, verdict } from '../../pipeline/verdict.ts';
import { readText, sha256 } from '../../world/files.ts';
import type { StageContext } from '../context.ts';
import { type Coverage, requirementCoverage } from '../requirement-coverage.ts';
import { scanProject } from '../scan.ts';
import { paddleRequirements } from '../templates.ts';
import { packageName } from './build.ts';

const copied = ['VENV_CONFIG', 'DEBUG_CODE', 'DOCKER_CONFIG'] as const;

type Evidence = {
  copies: { file: string; recorded: string; source: string; copy: string | null }[];
  coverage: Coverage[];
  versions: { name: string; version: string; matrix: string | null }[];
};

/** 1.5: the environment's spec and byte-equal copies of the rule files that the project goes on with. */
export const venvStage: Stage<StageContext, Evidence> = {
  id: '1.5',
  phase: 1,
  title: { zh: '环境规范', en: 'venv' },
  version: 1,
  owners: ['ops'],
  needs: ['requirements', 'project', 'review'],
  produces: ['venv'],
  settings: ['language', 'framework'],
  rules: ['VENV_CONFIG', 'DEBUG_CODE', 'DOCKER_CONFIG'],
  async run(context) {
    for (const name of copied) await context.write(`spec/${name}.md`, context.ruleFiles[name].text);
    const { names, python } = context.rules.VENV_CONFIG;
    const read = (file: string) => parseRequirements(readText(context.at(file)), file);
    const also = ['requirements-dev.txt', ...(existsSync(context.at(paddleRequirements)) ? [paddleRequirements] : [])];
    await context.put(venvDocument, {
      python,
      environments: [
        { device: 'cpu', folder: names.cpu, requirements: ['requirements-cpu.txt', ...also] },
        { device: 'gpu', folder: names.gpu, requirements: ['requirements-gpu.txt', ...also] },
      ],
      packages: ['requirements-cpu.txt', ...also].flatMap((file) =>
        read(file).map(({ name, version }) => ({ name, version, needed_by: file })),
      ),
      copies: copied.map((name) => ({ file: `spec/${name}.md`, sha256: sha256(context.ruleFiles[name].text) })),
    });
  },
  async adopt(context) {
    await context.put(venvDocument, context.read(venvDocument));
  },
  async collect(context) {
    const venv = context.read(venvDocument);
    const scan = await scanProject(context);
    return {
      copies: copied.map((name) => {
        const file = `spec/${name}.md`;
        return {
          file,
          recorded: venv.copies.find((one) => one.file === file)?.sha256 ?? 'none',
          source: sha256(context.ruleFiles[name].text),
          copy: existsSync(context.at(file)) ? sha256(readText(context.at(file))) : null,
        };
      }),
      coverage: requirementCoverage(context, scan, packageName(context.read(requirementsDocument))),
      versions: venv.packages.map(({ name, version }) => ({
        name,
        version,
        matrix: context.rules.VENV_CONFIG.versions[name] ?? null,
      })),
    };
  },
  gate: ({ copies, coverage, versions }) =>
    verdict([
      ...copies.map(({ file, recorded, source, copy }) =>
        refuseIf(
          copy !== source || recorded !== source,
          file,
          'is not byte-equal to the rule file that it is a copy of',
        ),
      ),
      ...coverage.flatMap(({ file, missing, superfluous }) => [
        refuseIf(missing.length > 0, file, `does not name what is imported: ${missing.join(', ')}`),
        refuseIf(superfluous.length > 0, file, `names what nothing imports: ${superfluous.join(', ')}`),
      ]),
      ...versions.map(({ name, version, matrix }) =>
        refuseIf(matrix !== version, name, `is pinned to ${version}; VENV_CONFIG.md says ${matrix ?? 'nothing of it'}`),
      ),
    ]),
};
