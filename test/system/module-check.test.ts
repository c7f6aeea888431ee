import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench, type Workbench } from '../../src/environment/workbench.ts';
import { composeTemplate } from '../../src/scaffold/template.ts';
import type { StageContext } from '../../src/stages/context.ts';
import { checkModule } from '../../src/stages/framework/further/further-checks.ts';
import { sharedPackages, sharedTemplate, templateOf } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';
import { network } from './further-coder.ts';

const config = loadConfig(process.env);
const work = mkdtempSync(path.join(tmpdir(), 'module-check-'));
let bench: Workbench;

beforeAll(async () => {
  const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
  bench = createWorkbench({
    config,
    run: realWorld(config).run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch: path.join(work, 'python'),
  });
  await composeTemplate(templateOf(config, 'tabular_classification')!, path.join(work, 'desk'));
});
afterAll(async () => {
  await bench.close();
  rmSync(work, { recursive: true, force: true });
});

const look = async (text: string): Promise<string> => {
  const file = path.join(work, 'module.py');
  writeFileSync(file, text);
  const context = { config, fork: bench.fork } as unknown as StageContext;
  return (await checkModule(context, file, { folder: path.join(work, 'desk') })).join('\n');
};

test('a network that only computes passes', async () => {
  expect(await look(network)).toBe('');
});

const inForward = (line: string) => network.replace('        numbers =', `        ${line}\n        numbers =`);
const atTop = (line: string) => network.replace('import torch\n', `${line}\nimport torch\n`);

test.each([
  ['imports what starts programs', atTop('import subprocess'), /imports subprocess/],
  ['imports sockets under another name', atTop('import socket as math'), /imports socket/],
  ['imports from os', atTop('from os import system'), /imports from os/],
  ['imports beside itself', atTop('from . import store'), /imports from \./],
  ['imports what reads the rows', atTop('from ml_project.table import read_table'), /imports from ml_project.table/],
  ['takes a module that another has imported', atTop('from ml_project.models.networks import itertools'), /imports the module itertools/],
  ['takes torch from elsewhere', atTop('from ml_project.models.networks import Any'), /from elsewhere/],
  ['imports everything', atTop('from torch.nn.functional import *'), /imports \*/],
  ['reads a file', inForward('x = x + len(open("data/given/data.csv").read())'), /uses open/],
  ['loads tensors from a file', inForward('x = torch.load("x.pt")'), /uses torch.load/],
  ['imports torch.load', atTop('from torch import load'), /imports load/],
  ['maps a file', inForward('x = torch.from_file("x")'), /uses torch.from_file/],
  ['runs text', inForward('exec("import os")'), /uses exec/],
  ['imports at run time', inForward('__import__("os")'), /uses __import__/],
  ['reaches importlib through torch', inForward('nn.functional.importlib.import_module("os")'), /reaches the module importlib/],
  ['reaches the C library', inForward('torch._C._set_backcompat_broadcast_warn(True)'), /uses torch._C/],
  ['hands a module on', inForward('f = nn'), /hands on the module nn/],
  ['hands a submodule on', inForward('f = nn.functional'), /hands on the module torch.nn.functional/],
  ['looks names up', inForward('f = getattr(torch, "lo" + "ad")'), /uses getattr/],
  ['climbs through its classes', inForward('x.__class__.__mro__'), /uses __class__/],
  ['takes the globals of a function', inForward('f = nn.Linear.forward.__globals__'), /uses nn.Linear.forward.__globals__/],
  ['changes a library', inForward('nn.Linear.forward = None'), /changes nn.Linear.forward/],
  ['keeps what it saw beside itself', inForward('global SEEN'), /global SEEN/],
  ['keeps a list on the module', network.replace('class Signs', 'SEEN: list[Tensor] = []\n\n\nclass Signs'), /when it is imported/],
  ['keeps a list on the class', network.replace('class Signs(nn.Module):\n', 'class Signs(nn.Module):\n    seen: list[Tensor] = []\n\n'), /in the body of Signs/],
  ['watches the gradients', inForward('x.register_hook(print)'), /calls register_hook/],
  ['watches what a layer answers', inForward('nn.Module.register_forward_hook(self, None)'), /register_forward_hook/],
  ['writes a tensor to a file', inForward('x.numpy().tofile("/tmp/x")'), /calls tofile/],
  ['shares memory', inForward('x.share_memory_()'), /calls share_memory_/],
  ['seeds the dice', inForward('torch.manual_seed(0)'), /uses torch.manual_seed/],
  ['does something when it is imported', `${network}\n\nprint(1)\n`, /when it is imported/],
  ['makes a class at run time', inForward('t = type("T", (), {})'), /makes a class at run time/],
  ['is no Python', 'def build(:\n', /cannot be read/],
  ['has no way to build it', network.replace('def build(', 'def make('), /no function build/],
])('one that %s is refused', async (_, text, finding) => {
  expect(await look(text)).toMatch(finding);
}); // biome-ignore format: a table
