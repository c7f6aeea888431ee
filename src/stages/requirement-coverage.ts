import { existsSync } from 'node:fs';
import { normalisedName, parseRequirements } from '../environment/requirement-files.ts';
import { readText } from '../world/files.ts';
import type { StageContext } from './context.ts';
import type { Scan } from './scan.ts';
import { paddleRequirements } from './templates.ts';

export type Coverage = { file: string; missing: string[]; superfluous: string[] };

/** Where the name that one imports is not the package's own. */
const packageOf: Record<string, string> = {
  sklearn: 'scikit-learn',
  yaml: 'pyyaml',
  PIL: 'pillow',
  cv2: 'opencv-python',
  paddle: 'paddlepaddle',
  dateutil: 'python-dateutil',
  prometheus_client: 'prometheus-client',
  // Part of FastAPI's own interface, which pins the version that it works with.
  starlette: 'fastapi',
};

/** Programs and libraries behind a flag or a server, which no line imports: each with the reason. */
const neededWithoutImport: Record<string, string[]> = {
  'requirements-cpu.txt': ['uvicorn', 'onnxscript', 'matplotlib', 'httptools', 'uvloop'],
  'requirements-gpu.txt': ['uvicorn', 'onnxscript', 'matplotlib', 'httptools', 'uvloop', 'onnxruntime-gpu'],
  'requirements-dev.txt': ['pytest', 'ruff', 'mypy', 'nbclient', 'nbformat', 'ipykernel', 'httpx'],
};

/** Imports of package and scripts against the runtime files, of the tests against these and the dev file. */
export const requirementCoverage = (context: StageContext, scan: Scan, own: string): Coverage[] => {
  const standard = new Set(scan.standard_library);
  const local = new Set([own, 'tests', ...scan.files.map(({ path }) => path.replace(/\.py$/, '').split('/').at(-1)!)]);
  const packages = (wanted: (file: string) => boolean) =>
    new Set(
      scan.files
        .filter(({ path }) => wanted(path))
        .flatMap(({ imports }) => imports)
        .filter((name) => !standard.has(name) && !local.has(name))
        .map((name) => normalisedName(packageOf[name] ?? name)),
    );
  const isTest = (file: string) => file.startsWith('tests/') || file.includes('conftest');
  const runtime = packages((file) => !isTest(file));
  const tests = packages(isTest);
  const named = (file: string) => parseRequirements(readText(context.at(file)), file).map(({ name }) => name);
  const check = (file: string, needed: Set<string>, elsewhere: string[]): Coverage => {
    const names = named(file);
    const listed = new Set([...names, ...elsewhere]);
    const allowed = new Set(neededWithoutImport[file]);
    return {
      file,
      missing: [...needed].filter((name) => !listed.has(name) && !listed.has(`${name}-gpu`)).sort(),
      superfluous: names
        .filter((name) => !needed.has(name.replace(/-gpu$/, '')) && !allowed.has(name) && !name.startsWith('types-'))
        .sort(),
    };
  };
  const paddle = existsSync(context.at(paddleRequirements)) ? named(paddleRequirements) : [];
  return [
    check('requirements-cpu.txt', runtime, paddle),
    check('requirements-gpu.txt', runtime, paddle),
    check('requirements-dev.txt', tests, [...named('requirements-cpu.txt'), ...paddle]),
    ...(paddle.length > 0 ? [check(paddleRequirements, new Set(paddle.filter((name) => runtime.has(name))), [])] : []),
  ];
};
