import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Entry, readJournal } from '../../src/pipeline/journal.ts';
import { emptyFolder, expectNoStack, specwright } from './command-line.ts';
import { type Said, type Script, startModelServer } from './model-servers.ts';

const key = 'sk-secret-that-must-not-show';
const brief =
  'Predict the column `lamp` (on or off) of lamps.csv from eight voltages. Accuracy of at least 70 %. The lamp burns when an even number of the voltages is negative, so the model should look at the product of their signs.';

/** Eight voltages and their parity, which no shipped model finds in so few rows. */
const lamps = (folder: string): string => {
  const file = path.join(folder, 'lamps.csv');
  let state = 7;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const rows = Array.from({ length: 260 }, () => {
    const voltages = Array.from({ length: 8 }, () => (random() < 0.5 ? -1 : 1) * (0.5 + random()));
    const even = voltages.filter((one) => one < 0).length % 2 === 0;
    return [...voltages.map((one) => one.toFixed(3)), even ? 'on' : 'off'].join(',');
  });
  writeFileSync(file, `v1,v2,v3,v4,v5,v6,v7,v8,lamp\n${rows.join('\n')}\n`);
  return file;
};

export const settings =
  'model:\n  name: signs\n  width: 64\n  depth: 2\n  dropout: 0.1\n  embedding: 8\n  bins: 4\n  sharpness: 5.0\n';
export const network = `"""A perceptron that also sees the product of the signs of all numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ml_project.models.networks import Inputs, Mlp


def build(architecture: dict[str, Any], outputs: int) -> nn.Module:
    layers = architecture["layers"]
    inputs = Inputs(
        architecture["numeric"],
        architecture["cardinalities"],
        layers["embedding"],
        layers["bins"],
    )
    body = Mlp(inputs, outputs, layers["width"], layers["depth"], layers["dropout"])
    return Signs(body, outputs, layers["sharpness"])


def loss(raw: Tensor, truth: Tensor) -> Tensor:
    if truth.is_floating_point():
        squares: Tensor = ((raw.squeeze(2) - truth.unsqueeze(1)) ** 2).mean()
        return squares
    each = nn.functional.cross_entropy(
        raw.flatten(0, 1), truth.repeat_interleave(raw.shape[1]), reduction="none"
    )
    result: Tensor = ((1.0 - torch.exp(-each)) * each).mean()  # rows that are right already count less
    return result


class Signs(nn.Module):
    def __init__(self, body: Mlp, outputs: int, sharpness: float) -> None:
        super().__init__()
        self.body = body
        self.sharpness = sharpness
        self.direct = nn.Linear(1, outputs)

    def prepare(self, x: Tensor) -> None:
        self.body.prepare(x)

    def forward(self, x: Tensor) -> Tensor:
        numbers = x[:, : self.body.inputs.numeric]
        signs = torch.where(numbers == 0, 1.0, torch.tanh(self.sharpness * numbers))
        product = signs.prod(dim=1, keepdim=True)
        result: Tensor = self.body(x) + self.direct(product).unsqueeze(1)
        return result
`;

export const write = (file: string, text: string) => ({ name: 'write', input: { file, text } });
export const done = { calls: [{ name: 'finish', input: { summary: 'Sees the product of the signs.', changed: [] } }] };
export const hand = (module: string, more: Said['calls'] = []): Said => ({
  calls: [...more, write('ml_project/models/signs.py', module), write('configs/model/signs.yaml', settings)],
});

/** As coder of a further network it says these one after the other; in every other role it has nothing to say. */
export const coder =
  (...said: Said[]): Script =>
  ({ seen }) => {
    if (!seen.includes('write one network as a further candidate')) return { text: 'nothing' };
    return said.shift() ?? done;
  };

/** A run whose coder is a server with this script; the server ends with it. */
export const runWithCoder = async (agent: string, script: Script, until: string) => {
  const server = await startModelServer(script);
  const cwd = emptyFolder();
  const root = path.join(cwd, 'project');
  const ended = await specwright(
    ['create', brief, '--data', lamps(cwd), '--out', root, '--yes', '--lang', 'en', '--agent', `coder=${agent}`, '--until', until],
    {
      cwd,
      limitMs: 280_000,
      environment: { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: server.url, OPENAI_API_KEY: key, OPENAI_BASE_URL: server.url },
    },
  ); // biome-ignore format: an argv
  server.close();
  expectNoStack(ended.all);
  return { root, entries: readJournal(path.join(root, '.specwright/journal.jsonl')), ...ended };
};

export const refusals = (entries: Entry[]) =>
  entries
    .filter(({ kind }) => kind === 'further.refused')
    .map(({ data }) => data as { check: string; findings: string[] });
