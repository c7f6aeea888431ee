import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, test } from 'vitest';
import { openAnalysisPool } from '../../src/ceoagent/embedded/analysis-pool.ts';
import { analyseByFigures } from '../../src/ceoagent/embedded/analyst.ts';
import { breakEvenShare, internalRate, netPresentValue, paybackYears } from '../../src/ceoagent/embedded/finance.ts';
import { readChoices } from '../../src/ceoagent/embedded/options.ts';
import { simulate } from '../../src/ceoagent/embedded/simulation.ts';

const asked = (query: string, context: Record<string, unknown> = {}) => ({ query, context, history: [] });
const figures = (query: string) =>
  readChoices(asked(query))
    .options.filter(({ kind }) => kind === 'given')
    .map(({ figures }) => figures);

test('the ranks of a simulation are those of its sorted courses', () => {
  const option = { investment: 5e6, annual: 1.5e6, growth: 0, years: 5, probability: 0.7 };
  const generator = xoroshiro128plus(createHash('sha256').update('seed').digest().readInt32BE(0));
  const uniform = () => uniformFloat64(generator);
  const triangular = (u: number, low: number, mode: number, high: number) =>
    u < (mode - low) / (high - low)
      ? low + Math.sqrt(u * (high - low) * (mode - low))
      : high - Math.sqrt((1 - u) * (high - low) * (high - mode));
  const factor = netPresentValue({ ...option, investment: 0, annual: 1 }, 0.1);
  const courses = Array.from({ length: 10_000 }, () => {
    const [investment, annual, success] = [
      triangular(uniform(), 0.9, 1, 1.5),
      triangular(uniform(), 0.4, 1, 1.3),
      uniform(),
    ];
    return (success < 0.7 ? factor * (option.annual * annual) : 0) - option.investment * investment;
  }).sort((a, b) => a - b);
  const [simulated] = simulate([option], 0.1, 'seed');
  expect(simulated).toMatchObject({ p5: courses[500], p50: courses[5000], p95: courses[9500], best: 1 });
  expect(simulated!.loss).toBe(courses.filter((one) => one < 0).length / 10_000);
});

test('a thread gives the same analysis as this one', async () => {
  const pool = openAnalysisPool();
  try {
    for (const query of [
      '投资500万元，预计年收益150万元，周期5年',
      'Invest $2 million, returning $600k a year for 6 years?',
    ])
      expect(await pool.analyse(asked(query), AbortSignal.timeout(20_000))).toEqual(analyseByFigures(asked(query)));
    await expect(pool.analyse(asked('x'), AbortSignal.abort())).rejects.toThrow();
  } finally {
    await pool.stop();
  }
});

// Worked out by numpy-financial 1.0: npv, irr.
test('returns grow, what runs does not', () => {
  const cashflow = { investment: 2.4e6, annual: 9e5, running: 3e5, growth: 0.15, years: 5 };
  expect(netPresentValue(cashflow, 0.12)).toBeCloseTo(757_509.678, 2);
  expect(internalRate(cashflow)).toBeCloseTo(0.22506469, 7);
  expect(breakEvenShare(cashflow, 0.12)! * 9e5).toBeGreaterThan(3e5);
  expect(paybackYears({ investment: 100, annual: 50, running: 60, growth: 0.5, years: 9 })).toBeCloseTo(
    3 + 42.5 / 108.75,
    9,
  );
  expect(paybackYears({ investment: 100, annual: 50, running: 60, growth: 0, years: 9 })).toBeNull();
});

test('money of every year is a yearly cost, whichever word stands beside it', () => {
  expect(figures('Open a shop: fit-out costs $200k, rent of $60k per year, sales of $180k a year, 5 years')[0]).toMatchObject({
    investment: 200_000, running: 60_000, annual: 180_000, years: 5,
  }); // biome-ignore format: one expectation
  expect(figures('Should we spend $1 million on a warehouse that saves $150,000 a year?')[0]).toMatchObject({
    investment: 1e6, annual: 150_000, running: null,
  }); // biome-ignore format: one expectation
  expect(figures('开店：装修费30万元，每年租金12万元，年收入40万元')[0]).toMatchObject({
    investment: 300_000, running: 120_000, annual: 400_000,
  }); // biome-ignore format: one expectation
});

test('an amount under no known word is what the return costs, and one of every month runs', () => {
  expect(figures('公司要不要给员工发年终奖共200万元？预计每年节省招聘费用60万元，3年')[0]).toMatchObject({
    investment: 2e6,
    annual: 6e5,
  });
  expect(
    figures('Lease a van at $900 a month or buy one for $42,000 with $2,000 maintenance a year? 5 years.'),
  ).toMatchObject([
    { investment: null, running: 10_800 },
    { investment: 42_000, running: 2000, years: 5 },
  ]);
  expect(
    figures('Open a store for 3 million dollars with an annual return of 300,000 dollars. Go or no go?'),
  ).toMatchObject([{ investment: 3e6, annual: 300_000, running: null }]);
});

test('outlays in parts are added up, outlays that contradict each other are told', () => {
  const parts = readChoices(asked('设备投资300万元，装修投资100万元，年收益120万元，5年')).options[0]!;
  expect(parts).toMatchObject({ figures: { investment: 4e6 }, disputed: [{ name: 'investment', how: 'sum' }] });
  const quarrel = readChoices(asked('投资500万元，不过财务说总投资要800万元，年收益160万元')).options[0]!;
  expect(quarrel).toMatchObject({
    figures: { investment: 8e6 },
    disputed: [{ how: 'contradiction', values: [5e6, 8e6] }],
  });
  const told = analyseByFigures(asked('投资500万元，不过财务说总投资要800万元，年收益160万元'));
  expect(told.situation_analysis.key_findings.join()).toMatch(/前后矛盾：5,000,000元 与 8,000,000元/);
});

test('ways that only cost are compared by their costs, and a saving that is the cost of the other counts once', () => {
  const told = analyseByFigures(
    asked(
      '租还是买？租：每年租金120万元；买：一次性支付1800万元，每年省下租金120万元，维护费每年15万元，20年，贴现率6%。',
    ),
  );
  expect(told.final_recommendation.choice).toBe('租');
  expect(told.final_recommendation.reasoning).toMatch(/少 5,956,583元/);
});

test('a change of price is judged by the margin that it leaves', () => {
  const told = analyseByFigures(
    asked(
      'We sell 40,000 units a year at $25 with a unit cost of $14. Should we raise the price by 8% if we expect to lose 6% of the volume?',
    ),
  );
  expect(told.situation_analysis.key_findings.join()).toMatch(
    /from 440,000 USD to 488,800 USD, by 48,800 USD; at a change of the volume by -15.4 %/,
  );
  const cut = analyseByFigures(
    asked('我们年销量10000件，单价100元，单位成本70元，如果降价10%，销量预计增加20%，要不要降价？'),
  );
  expect(cut.situation_analysis.key_findings.join()).toMatch(/300,000元 变为 240,000元/);
  expect(cut.final_recommendation.choice).toBe('暂不实施');
});

test('a question that names nothing to do is not called by its own words', () => {
  const { recommendations } = analyseByFigures(asked('Our best salesperson may leave. What should we do?'));
  expect(recommendations.map(({ title }) => title)).toEqual([
    'Act now',
    'Find out the figures first: Act now',
    'Do not do it now',
  ]);
});
