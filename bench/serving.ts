/**
 * What the service adds to its parts: `node bench/serving.ts [folder of a project with an exported model]`.
 * Prints throughput with 32 connections and p50 alone of the service, of an empty FastAPI endpoint on the same kind
 * of worker, and of the prediction alone in its process. Without a folder it makes a small project itself.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig } from '../src/config.ts';
import { composeTemplate } from '../src/scaffold/template.ts';
import { templateOf } from '../src/stages/templates.ts';
import { closedLoop, type Throughput } from './closed-loop.ts';
import { wrkLoop } from './wrk.ts';

type Project = { folder: string; python: string; package: string; env: Record<string, string> };

const seconds = 4;
const connections = 32;
const config = loadConfig();

const main = async (given: string | undefined) => {
  const folder = given ? resolve(given) : await newProject();
  const name = readdirSync(folder).find((entry) => existsSync(join(folder, entry, 'serving', 'app.py')));
  if (!name) throw new Error(`${folder} holds no package with serving/app.py`);
  const project: Project = { folder, python: pythonOf(folder), package: name, env: config.childEnvironment };
  const samples: { input: object }[] = JSON.parse(readFileSync(join(folder, 'models/current/samples.json'), 'utf8'));
  const body = JSON.stringify({ inputs: [samples[0]?.input ?? {}] });

  const empty = await measure(project, emptyApp(), body);
  const service = await measure(project, { module: `${name}.serving.app:app`, path: folder }, body);
  const alone = predictionAlone(project);
  report('empty FastAPI endpoint', empty.many, empty.one, empty.many);
  report('service', service.many, service.one, empty.many);
  console.log(
    `${'prediction alone'.padEnd(24)} ${alone.rps.toFixed(0).padStart(7)}/s in its process, p50 ${alone.p50.toFixed(3)} ms`,
  );
};

const report = (title: string, many: Throughput, one: Throughput, base: Throughput) => {
  const ratio = (many.rps / base.rps).toFixed(2);
  const figures = `${many.rps.toFixed(0).padStart(7)}/s with ${connections} connections, ${ratio} x the empty endpoint`;
  const refused = many.refused + one.refused;
  console.log(
    `${title.padEnd(24)} ${figures}, p99 ${many.p99.toFixed(1)} ms; p50 alone ${one.p50.toFixed(3)} ms; ${refused} refused`,
  );
};

const pythonOf = (folder: string): string => {
  const own = join(folder, '.venv/bin/python');
  const found = existsSync(own) ? own : globSync(join(config.cacheFolder, 'environments/*/bin/python'))[0];
  if (!found) throw new Error(`no Python environment: neither ${own} nor one in ${config.cacheFolder}`);
  return found;
};

/** The template with its own sample, trained for one epoch. */
const newProject = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'specwright-serving-'));
  await composeTemplate(templateOf(config, 'tabular_classification')!, folder);
  const python = pythonOf(folder);
  const train = ['scripts/train.py', '--config', 'configs/config.yaml', '--data', 'data/mini', '--epochs', '1'];
  for (const argv of [
    [...train, '--output', 'runs/a'],
    ['scripts/export.py', '--checkpoint', 'runs/a'],
  ]) {
    const done = spawnSync(python, argv, { cwd: folder, env: config.childEnvironment, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${argv.join(' ')} failed: ${done.stderr}`);
  }
  return folder;
};

const emptyApp = () => {
  const path = mkdtempSync(join(tmpdir(), 'specwright-empty-'));
  const lines = ['from fastapi import FastAPI', 'app = FastAPI()', '@app.post("/predict")'];
  lines.push('async def predict() -> dict[str, str]:', '    return {}', '');
  writeFileSync(join(path, 'empty_endpoint.py'), lines.join('\n'));
  return { module: 'empty_endpoint:app', path };
};

const measure = async (project: Project, app: { module: string; path: string }, body: string) => {
  const port = await freePort();
  const argv = ['-m', 'uvicorn', app.module, '--app-dir', app.path, '--port', String(port), '--no-access-log'];
  const worker = spawn(project.python, [...argv, '--log-level', 'error'], {
    cwd: project.folder,
    env: project.env,
    stdio: 'inherit',
  });
  try {
    await answering(port, body);
    await closedLoop(port, body, connections, 1);
    const many = wrkLoop(port, body, connections, seconds) ?? (await closedLoop(port, body, connections, seconds));
    return { many, one: await closedLoop(port, body, 1, seconds / 2) };
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  }
};

const answering = async (port: number, body: string) => {
  for (let attempt = 0; attempt < 150; attempt++) {
    const answer = await fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body }).catch(() => null);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error('the worker did not answer within 15 s');
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
};

const predictionAlone = ({ folder, python, package: name, env }: Project): { rps: number; p50: number } => {
  const program = [
    'import json, time, pathlib',
    `from ${name}.onnx_model import OnnxModel`,
    'folder = pathlib.Path("models/current"); model = OnnxModel(folder)',
    'row = [json.loads((folder / "samples.json").read_text(encoding="utf-8"))[0]["input"]]; times = []',
    'end = time.perf_counter() + 2',
    'while time.perf_counter() < end:',
    '    begin = time.perf_counter(); model.predict(row); times.append(time.perf_counter() - begin)',
    'print(json.dumps({"rps": len(times) / sum(times), "p50": sorted(times)[len(times) // 2] * 1000}))',
  ];
  const done = spawnSync(python, ['-c', program.join('\n')], { cwd: folder, env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
};

await main(process.argv[2]);
