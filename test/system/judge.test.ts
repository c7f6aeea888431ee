import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chanceFrom } from '../../bench/judge-traffic.ts';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { distributionTest } from '../../src/rollout/judge/distribution-test.ts';
import { betaQuantile, chiSquareTail, normalTail } from '../../src/rollout/judge/distributions.ts';
import { logOddsProcess } from '../../src/rollout/judge/error-process.ts';
import { binomialTail, fisherTail, lowerBound, upperBound } from '../../src/rollout/judge/exact-rates.ts';
import { rankTest } from '../../src/rollout/judge/rank-test.ts';
import { sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';

const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });
const scratch = mkdtempSync(path.join(tmpdir(), 'judge-'));
let python = '';

beforeAll(async () => {
  const bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch,
  });
  python = (await bench.environment()).python;
  await bench.close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const scipy = `
import json, sys
import numpy as np
from scipy import stats
g = json.load(open(sys.argv[1]))
print(json.dumps({
  "upper": [stats.beta.ppf(c, k + 1, n - k) for k, n, c in g["rates"]],
  "lower": [stats.beta.ppf(1 - c, k, n - k + 1) for k, n, c in g["rates"]],
  "binomial": [stats.binom.sf(k - 1, n, 0.01) for k, n, c in g["rates"]],
  "chi": [stats.chi2.sf(x, f) for x, f in g["chi"]],
  "normal": [stats.norm.sf(z) for z in g["normal"]],
  "beta": [stats.beta.ppf(s, a, b) for s, a, b in g["beta"]],
  "fisher": [stats.fisher_exact([[a, n - a], [b, m - b]], alternative="greater").pvalue for a, n, b, m in g["fisher"]],
  "rank": [list(stats.mannwhitneyu(x, y, alternative="greater", use_continuity=False, method="asymptotic")) for x, y in g["ranks"]],
  "g": [list(stats.chi2_contingency([x, y], lambda_="log-likelihood", correction=False)[:2]) for x, y in g["tables"]],
  "odds": [float(np.log(np.mean([
      np.exp(sum(stats.nchypergeom_fisher.logpmf(x, n + m, x + y, n, o) - stats.hypergeom.logpmf(x, n + m, x + y, n)
                 for x, n, y, m in g["blocks"])) for o in [1.5, 2, 3, 5, 10, 30, 100, 1000]])))],
}))
`;

const chance = chanceFrom(5);
const sample = (n: number, shift: number, step: number) =>
  Array.from({ length: n }, () => Math.round((chance() * 50 + shift) / step) * step);
const given = {
  rates: [[1, 10, 0.95], [3, 2995, 0.95], [17, 40, 0.99], [250, 100_000, 0.9]] as [number, number, number][],
  chi: [[0.3, 1], [4, 2], [60, 9], [900, 700]] as [number, number][],
  normal: [-2, 0.1, 1.96, 7],
  beta: [[0.025, 0.5, 7], [0.6, 40, 3], [0.999, 2, 9000]] as [number, number, number][],
  fisher: [[5, 40, 1, 60], [0, 10, 3, 500], [12, 300, 20, 5700]] as [number, number, number, number][],
  ranks: [[sample(80, 2, 0.001), sample(400, 0, 0.001)], [sample(300, 1, 5), sample(200, 0, 5)]] as [number[], number[]][],
  tables: [[[40, 30, 30], [200, 250, 210]], [[5, 1], [300, 310]]] as [number[], number[]][],
  blocks: [[2, 5, 1, 45], [0, 12, 3, 38], [4, 10, 0, 40]] as [number, number, number, number][],
}; // biome-ignore format: tables

test('the judge counts as SciPy does', () => {
  const file = path.join(scratch, 'given.json');
  writeFileSync(file, JSON.stringify(given));
  const expected = JSON.parse(execFileSync(python, ['-c', scipy, file], { encoding: 'utf8' }));
  const own = {
    upper: given.rates.map(([k, n, confidence]) => upperBound(k, n, confidence)),
    lower: given.rates.map(([k, n, confidence]) => lowerBound(k, n, confidence)),
    binomial: given.rates.map(([k, n]) => binomialTail(k, n, 0.01)),
    chi: given.chi.map(([x, freedom]) => chiSquareTail(x, freedom)),
    normal: given.normal.map(normalTail),
    beta: given.beta.map(([share, a, b]) => betaQuantile(share, a, b)),
    fisher: given.fisher.map(([a, n, b, m]) => fisherTail({ bad: a, n }, { bad: b, n: m })),
    rank: given.ranks.map(([x, y]) => {
      const test = rankTest({
        values: Float64Array.from([...x, ...y]),
        canary: Uint8Array.from([...x, ...y], (_, index) => (index < x.length ? 1 : 0)),
        stratum: new Uint16Array(x.length + y.length),
      });
      return [test.effect * x.length * y.length, test.p];
    }),
    g: given.tables.map(([x, y]) => {
      const test = distributionTest(Object.fromEntries(x.entries()), Object.fromEntries(y.entries()));
      return [test.g, test.p];
    }),
    odds: [logOddsProcess(given.blocks.map(([x, n, y, m]) => ({ canary: { bad: x, n }, stable: { bad: y, n: m } })))],
  };
  for (const [name, values] of Object.entries(own)) {
    for (const [index, value] of values.flat().entries()) {
      const reference = expected[name].flat()[index];
      expect(Math.abs(value - reference), `${name} ${index}: ${value}, SciPy ${reference}`).toBeLessThanOrEqual(
        1e-8 * Math.max(1e-12, Math.abs(reference)),
      );
    }
  }
});
