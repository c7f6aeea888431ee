import { AppError } from '../errors.ts';
import type { Run } from '../world/processes.ts';

export type Python = { executable: string; version: string; minor: number; platform: string; pip: boolean };

const probe =
  "import sys,json,platform\ntry:\n import pip; p=tuple(map(int,pip.__version__.split('.')[:2]))>=(22,3)\nexcept Exception: p=False\n" +
  "print(json.dumps({'executable':sys.executable,'version':platform.python_version(),'minor':sys.version_info[1]," +
  "'major':sys.version_info[0],'platform':platform.platform(terse=True)+'-'+platform.machine(),'pip':p}))";

/** The first Python on the machine within the allowed versions; the error lists what was found instead. */
export const findPython = async (
  run: Run,
  allowed: { minimum: string; maximum: string },
  wanted?: string,
): Promise<Python> => {
  const [low, high] = [minorOf(allowed.minimum), minorOf(allowed.maximum)];
  const names = wanted
    ? [wanted]
    : ['python3', ...Array.from({ length: high - low + 1 }, (_, index) => `python3.${high - index}`), 'python'];
  const found: string[] = [];
  for (const name of names) {
    const result = await run([name, '-I', '-c', probe], { limitSeconds: 20 });
    if (result.exitCode !== 0) continue;
    const python = JSON.parse(result.stdout) as Python & { major: number };
    if (python.major === 3 && python.minor >= low && python.minor <= high) return python;
    found.push(`${name} is ${python.version}`);
  }
  throw new AppError(
    'tool.missing',
    `No Python ${allowed.minimum} to ${allowed.maximum} (${found.length > 0 ? found.join(', ') : `tried ${names.join(', ')}`})`,
    { hint: 'Install one of these versions (Debian: apt-get install python3 python3-venv), or set SPECWRIGHT_PYTHON.' },
  );
};

const minorOf = (version: string): number => Number(version.split('.')[1]);
