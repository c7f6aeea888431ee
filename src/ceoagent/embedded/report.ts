import type { Analysis, Level, Recommendation } from '../analysis.ts';
import { type Appraisal, type Appraised, assumed, levelOf } from './appraisal.ts';
import type { Disputed, FigureName, Figures } from './figures.ts';
import type { Driver } from './finance.ts';
import type { PriceChange } from './price-change.ts';
import { spread } from './simulation.ts';

type Say = (zh: string, en: string) => string;

/** The appraisal in sentences; every figure in them is computed, and what is unknown is said. */
export const report = (appraisal: Appraisal): Analysis => {
  const say: Say = (zh, en) => (appraisal.choices.language === 'zh' ? zh : en);
  const money = moneyIn(appraisal, say);
  return {
    situation_analysis: { summary: summary(appraisal, say), key_findings: findings(appraisal, say, money).slice(0, 5) },
    risk_assessment: { overall_score: appraisal.score, risk_factors: riskFactors(appraisal, say, money) },
    recommendations: appraisal.appraised.map((one) => recommend(one, appraisal, say, money)),
    final_recommendation: {
      choice: appraisal.best.option.title,
      reasoning: reasoning(appraisal, say, money),
      confidence: appraisal.confidence,
      key_assumptions: assumptions(appraisal, say),
    },
  };
};

type Money = (value: number) => string;

const moneyIn = ({ currency, choices }: Appraisal, say: Say): Money => {
  const format = new Intl.NumberFormat(choices.language === 'zh' ? 'zh-CN' : 'en-US', { maximumFractionDigits: 0 });
  const unit = currency === 'CNY' ? say('元', 'CNY') : currency;
  return (value) => `${format.format(Math.abs(value) < 0.5 ? 0 : value)}${unit ? `${say('', ' ')}${unit}` : ''}`.trim();
};

const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;

const summary = ({ appraised, rate }: Appraisal, say: Say): string => {
  const known = appraised.filter(({ option, worth }) => option.kind === 'given' && worth !== null).length;
  const given = appraised.filter(({ option }) => option.kind === 'given').length;
  if (known === 0)
    return say(
      `比较 ${appraised.length} 个方案。问题中没有同时给出投资额和年收益，因此无法计算其价值；以下只说明需要知道什么。`,
      `${appraised.length} options are compared. The question gives no investment together with a yearly return, so that their value cannot be computed; what follows says what must be known first.`,
    );
  return say(
    `比较 ${appraised.length} 个方案，其中 ${given} 个来自问题，${known} 个有足够的数字。折现率 ${percent(rate)}。`,
    `${appraised.length} options are compared, ${given} of them from the question, ${known} with enough figures. Discount rate ${percent(rate)}.`,
  );
};

const findings = (appraisal: Appraisal, say: Say, money: Money): string[] => {
  const given = appraisal.appraised.filter(({ option }) => option.kind === 'given');
  const lines = [
    ...given.slice(0, 3).map((one) => (appraisal.costsOnly ? costLine(one, say, money) : finding(one, say, money))),
    ...given.flatMap(({ option }) => (option.price ? [priceLine(option.price, say, money)] : [])),
    ...given.flatMap(({ option }) => option.disputed.map((one) => disputedLine(one, say, money))).slice(0, 1),
  ];
  const strongest = given.find(({ worth }) => worth !== null)?.worth;
  const rest = [
    ...(strongest ? [sensitivityLine(strongest.sensitivities, say, money)] : []),
    ...(appraisal.assumptions.length > 0
      ? [
          say(
            `未给出而取假设的：${appraisal.assumptions.map((name) => figureNames[name][0]).join('、')}`,
            `Not given and therefore assumed: ${appraisal.assumptions.map((name) => figureNames[name][1]).join(', ')}`,
          ),
        ]
      : [say('计算所需的数字都已给出。', 'All figures that the computation needs were given.')]),
    say(
      '市场、竞争和法规不在给出的材料之内，这里没有评估。',
      'Market, competition and law are not part of what was given and are not assessed here.',
    ),
  ];
  return [...lines, ...rest];
};

const costLine = ({ option, worth }: Appraised, say: Say, money: Money): string =>
  say(
    `「${option.title}」：全部费用的现值 ${money(-worth!.net)}（${readFigures(option.figures, say, money)}）。`,
    `"${option.title}": all that it costs has a present value of ${money(-worth!.net)} (${readFigures(option.figures, say, money)}).`,
  );

const priceLine = ({ before, after, turning }: PriceChange, say: Say, money: Money): string =>
  say(
    `年边际贡献从 ${money(before)} 变为 ${money(after)}，差额 ${money(after - before)}；销量变化到 ${percent(turning)} 时不赚不亏。`,
    `The yearly contribution margin goes from ${money(before)} to ${money(after)}, by ${money(after - before)}; at a change of the volume by ${percent(turning)} nothing is won or lost.`,
  );

const disputedLine = ({ name, values, how }: Disputed, say: Say, money: Money): string => {
  const [zh, en] = figureNames[name];
  const all = values.map(money);
  return how === 'sum'
    ? say(`${zh}分几笔给出，已相加：${all.join('、')}。`, `Parts of ${en} are added up: ${all.join(', ')}.`)
    : say(
        `${zh}前后矛盾：${all.join(' 与 ')}；按较不利的一个计算，请先核实。`,
        `The question contradicts itself on ${en}: ${all.join(' and ')}. The less favourable one was taken; settle this first.`,
      );
};

const finding = ({ option, worth, missing }: Appraised, say: Say, money: Money): string => {
  if (worth === null) {
    const names = missing.map((name) => figureNames[name]);
    return say(
      `「${option.title}」缺少${names.map(([zh]) => zh).join('和')}，无法计算。`,
      `"${option.title}" lacks ${names.map(([, en]) => en).join(' and ')}: nothing can be computed.`,
    );
  }
  const told = readFigures(option.figures, say, money);
  const back =
    worth.payback === null
      ? say('收不回', 'never')
      : say(`${worth.payback.toFixed(1)} 年`, `${worth.payback.toFixed(1)} years`);
  const rate =
    worth.internalRate === null
      ? ''
      : say(`，内部收益率 ${percent(worth.internalRate)}`, `, internal rate of return ${percent(worth.internalRate)}`);
  return say(
    `「${option.title}」：净现值 ${money(worth.net)}，回收期 ${back}${rate}，亏损概率 ${percent(worth.simulated.loss)}（${told}）。`,
    `"${option.title}": net present value ${money(worth.net)}, payback ${back}${rate}, chance of a loss ${percent(worth.simulated.loss)} (${told}).`,
  );
};

/** What was read of an option, so that a figure which was overlooked or taken for another can be seen. */
const readFigures = (figures: Figures, say: Say, money: Money): string =>
  (Object.keys(figureNames) as FigureName[])
    .flatMap((name) => {
      const value = figures[name];
      if (value === null) return [];
      const shown = amounts.includes(name) ? money(value) : name === 'years' ? round(value) : percent(value);
      return [say(`${figureNames[name][0]} ${shown}`, `${figureNames[name][1].replace(/^the /, '')} ${shown}`)];
    })
    .join(say('、', ', '));

const amounts: FigureName[] = ['investment', 'annual', 'running'];

const driverNames: Record<Driver, [zh: string, en: string]> = {
  return: ['年收益', 'yearly return'],
  investment: ['投资额', 'investment'],
  running: ['每年成本', 'yearly cost'],
  rate: ['折现率', 'discount rate'],
};

const sensitivityLine = (all: { driver: Driver; low: number; high: number }[], say: Say, money: Money): string => {
  const widest = all.toSorted((a, b) => Math.abs(b.high - b.low) - Math.abs(a.high - a.low))[0]!;
  const [zh, en] = driverNames[widest.driver];
  return say(
    `最敏感的是${zh}：变动 ±20 % 时净现值在 ${money(Math.min(widest.low, widest.high))} 到 ${money(Math.max(widest.low, widest.high))} 之间。`,
    `Most sensitive to the ${en}: at ±20 % the net present value lies between ${money(Math.min(widest.low, widest.high))} and ${money(Math.max(widest.low, widest.high))}.`,
  );
};

const figureNames: Record<FigureName, [zh: string, en: string]> = {
  investment: ['投资额', 'the investment'],
  annual: ['年收益', 'the yearly return'],
  running: ['每年的运营成本', 'the yearly running cost'],
  years: ['年限', 'the number of years'],
  growth: ['收益增长率', 'the growth of the return'],
  probability: ['成功概率', 'the chance of success'],
  rate: ['折现率', 'the discount rate'],
};

const riskFactors = (
  { appraised, assumptions: taken }: Appraisal,
  say: Say,
  money: Money,
): Analysis['risk_assessment']['risk_factors'] => {
  const given = appraised.filter(({ option }) => option.kind === 'given');
  const factors = given.slice(0, 4).map(({ option, worth, missing }) => ({
    name: worth
      ? say(`亏损：${option.title}`, `Loss: ${option.title}`)
      : say(`未知：${option.title}`, `Unknown: ${option.title}`),
    level: levelOf(worth?.simulated.loss ?? null),
    reason: worth
      ? say(
          `一万次模拟中 ${percent(worth.simulated.loss)} 亏损；5 % 的情形差于 ${money(worth.simulated.p5)}。`,
          `${percent(worth.simulated.loss)} of 10,000 simulated courses lose money; 5 % end worse than ${money(worth.simulated.p5)}.`,
        )
      : say(
          `没有${missing.map((name) => figureNames[name][0]).join('和')}。`,
          `${missing.map((name) => figureNames[name][1]).join(' and ')} not given.`,
        ),
  }));
  const unknown = given.some(({ worth }) => worth === null);
  const level: Level = unknown || taken.length > 3 ? 'high' : taken.length > 1 ? 'medium' : 'low';
  return [
    ...factors,
    {
      name: say('信息不全', 'Missing information'),
      level,
      reason: say(`${taken.length} 个数字是假设的。`, `Figures that are assumed: ${taken.length}.`),
    },
  ];
};

const recommend = (
  { option, worth, missing }: Appraised,
  { appraised }: Appraisal,
  say: Say,
  money: Money,
): Recommendation => {
  const nothing = option.kind === 'nothing';
  const unknown = say('未知', 'unknown');
  const years = worth ? say(`${round(worth.cashflow.years)} 年`, `${round(worth.cashflow.years)} years`) : unknown;
  return {
    title: option.title,
    investment_amount: option.figures.investment === null ? unknown : money(option.figures.investment),
    expected_return: worth
      ? say(
          `净现值 ${money(worth.net)}（90 % 的情形：${money(worth.simulated.p5)} 到 ${money(worth.simulated.p95)}）`,
          `net present value ${money(worth.net)} (90 % of courses: ${money(worth.simulated.p5)} to ${money(worth.simulated.p95)})`,
        )
      : unknown,
    risk_level: nothing ? 'low' : levelOf(worth?.simulated.loss ?? null),
    timeline: nothing
      ? say('随时可以重新考虑', 'open: it can be taken up again at any time')
      : option.kind === 'pilot'
        ? say('3–6 个月试点（假设），再决定', 'a pilot of 3–6 months (assumed), then a decision')
        : years,
    pros: pros({ option, worth, missing }, appraised, say, money),
    cons: cons({ option, worth, missing }, say, money),
    action_steps: steps({ option, worth, missing }, say, money),
  };
};

const round = (value: number) => Math.round(value * 10) / 10;

const pros = ({ option, worth }: Appraised, all: Appraised[], say: Say, money: Money): string[] => {
  if (option.kind === 'nothing') return [say('不投入资金，保留选择。', 'No money is spent, the choice stays open.')];
  const pilot =
    option.kind === 'pilot'
      ? [say('以十分之一的投入换取真实数字。', 'Buys real figures for a tenth of the money.')]
      : [];
  if (worth === null)
    return [...pilot, say('没有数字可以支持它，也没有数字反对它。', 'No figure speaks for it, and none against it.')];
  const top = Math.max(...all.map((one) => one.worth?.net ?? Number.NEGATIVE_INFINITY));
  return [
    ...pilot,
    ...(worth.net > 0
      ? [
          say(
            `按计划创造 ${money(worth.net)} 的净现值。`,
            `As planned it creates a net present value of ${money(worth.net)}.`,
          ),
        ]
      : [say('投入有上限，最多损失投资额。', 'The loss is bounded by what is invested and run.')]),
    ...(worth.net === top && all.length > 1
      ? [say('净现值在各方案中最高。', 'The highest net present value of the options.')]
      : []),
    ...(worth.breakEven !== null && worth.breakEven < 1
      ? [
          say(
            `收益只达到计划的 ${percent(worth.breakEven)} 也不亏。`,
            `It breaks even at ${percent(worth.breakEven)} of the planned return.`,
          ),
        ]
      : []),
  ];
};

const cons = ({ option, worth, missing }: Appraised, say: Say, money: Money): string[] => {
  if (option.kind === 'nothing')
    return [
      say(
        '放弃可能的收益；竞争者可能先行，材料中没有相关数字。',
        'Forgoes a possible return; competitors may move first, of which the material holds no figure.',
      ),
    ];
  if (worth === null)
    return [
      say(
        `缺少${missing.map((name) => figureNames[name][0]).join('和')}。`,
        `Lacks ${missing.map((name) => figureNames[name][1]).join(' and ')}.`,
      ),
    ];
  return [
    say(
      `亏损概率 ${percent(worth.simulated.loss)}，5 % 的情形差于 ${money(worth.simulated.p5)}。`,
      `Chance of a loss ${percent(worth.simulated.loss)}; 5 % of courses end worse than ${money(worth.simulated.p5)}.`,
    ),
    ...(worth.payback === null || worth.payback > worth.cashflow.years
      ? [say('在所给年限内收不回投资。', 'It does not pay back within the years given.')]
      : []),
    ...(option.kind === 'pilot' ? [say('全面实施会推迟。', 'The full step comes later.')] : []),
  ];
};

const steps = ({ option, worth, missing }: Appraised, say: Say, money: Money): string[] => {
  if (option.kind === 'nothing')
    return [say('定下重新评估的日期和触发条件。', 'Set a date and a condition for looking at it again.')];
  const ask = missing.map((name) => say(`核实${figureNames[name][0]}。`, `Find out ${figureNames[name][1]}.`));
  if (worth === null) return [...ask, say('用这些数字重新分析。', 'Analyse again with these figures.')];
  const limit = worth.breakEven === null ? null : worth.cashflow.annual * worth.breakEven;
  return [
    say('请财务核对投资额和年收益的依据。', 'Let finance check what the investment and the yearly return rest on.'),
    ...(limit === null
      ? []
      : [
          say(
            `约定止损线：年收益低于 ${money(limit)} 时复议。`,
            `Agree on a stop: below ${money(limit)} a year it is decided anew.`,
          ),
        ]),
    say('按季度对照计划与实际。', 'Compare plan and result every quarter.'),
  ];
};

const reasoning = ({ best, appraised, costsOnly }: Appraisal, say: Say, money: Money): string => {
  if (best.worth === null)
    return say(
      '没有足够的数字比较各方案的价值；花费最小、能带来数字的一步最稳妥。',
      'There are not enough figures to compare the worth of the options; the smallest step that brings them is the safest.',
    );
  const others = appraised.filter((one) => one !== best && one.worth !== null);
  const next = others.sort((a, b) => b.worth!.simulated.mean - a.worth!.simulated.mean)[0];
  const mean = best.worth.simulated.mean;
  if (costsOnly && next)
    return say(
      `各方案都只有费用，没有收益，因此比较费用的现值：它比「${next.option.title}」少 ${money(best.worth.net - next.worth!.net)}，在 ${percent(best.worth.simulated.best)} 的模拟中最省。`,
      `All options only cost and earn nothing, so their costs are compared: it costs ${money(best.worth.net - next.worth!.net)} less than "${next.option.title}" in present value, and is the cheapest in ${percent(best.worth.simulated.best)} of the simulated courses.`,
    );
  const planned = appraised.find(({ option, worth }) => option.kind === 'given' && worth !== null && worth.net > 0);
  const turned =
    best.option.kind === 'nothing' && planned
      ? say(
          `按原计划「${planned.option.title}」是划算的（净现值 ${money(planned.worth!.net)}），只是经不起通常的超支和收益不足；如果数字已有合同或实测支撑，结论会相反。`,
          ` By plan alone "${planned.option.title}" pays (net present value ${money(planned.worth!.net)}); it does not bear the usual overruns and shortfalls. Where its figures rest on contracts or measurements, the conclusion turns.`,
        )
      : '';
  return say(
    `计入计划通常偏乐观之后，它的平均净现值最高（${money(mean)}${next ? `，其次为「${next.option.title}」${money(next.worth!.simulated.mean)}` : ''}），在 ${percent(best.worth.simulated.best)} 的模拟中是最好的方案。${turned}`,
    `Allowing for the optimism of plans its mean net present value is the highest (${money(mean)}${next ? `; next comes "${next.option.title}" with ${money(next.worth!.simulated.mean)}` : ''}), and it is the best option in ${percent(best.worth.simulated.best)} of the simulated courses.${turned}`,
  );
};

const assumptions = ({ assumptions: taken, rate }: Appraisal, say: Say): string[] => {
  const values: Partial<Record<FigureName, [string, string]>> = {
    rate: [`折现率 ${percent(rate)}`, `a discount rate of ${percent(rate)}`],
    years: [`${assumed.years} 年`, `${assumed.years} years`],
    growth: ['收益不增长', 'no growth of the return'],
    probability: ['计划能够实现', 'the plan succeeds at all'],
    running: ['没有每年的运营成本', 'no yearly running cost'],
    investment: ['没有提到投入的方案不需要投入', 'an option of which no outlay is named needs none'],
    annual: ['没有提到收益的方案没有收益', 'an option of which no return is named has none'],
  };
  const [low, , high] = spread.annual;
  return [
    ...taken.flatMap((name) => (values[name] ? [say(...values[name])] : [])),
    say(
      `模拟中年收益为计划的 ${percent(low)} 到 ${percent(high)}，投资为 ${percent(spread.investment[0])} 到 ${percent(spread.investment[2])}（三角分布）`,
      `in the simulation the return is ${percent(low)} to ${percent(high)} of the plan and the investment ${percent(spread.investment[0])} to ${percent(spread.investment[2])} (triangular)`,
    ),
  ];
};
