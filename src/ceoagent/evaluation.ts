import { z } from 'zod';
import { type Analysis, analysisSchema } from './analysis.ts';

/** A case of the evaluation: a decision, and what a right answer must hold. */
export const evaluationCase = z.strictObject({
  name: z.string(),
  query: z.string(),
  context: z.record(z.string(), z.unknown()).default({}),
  expect: z.strictObject({
    /** A part of the title that should be chosen; absent: nothing can be said. */
    choice: z.string().optional(),
    /** Numbers that the answer must name, within one per cent, in whatever unit it writes. */
    figures: z.array(z.number()).default([]),
    /** Least and greatest risk score. */
    score: z.tuple([z.number(), z.number()]).optional(),
    /** Greatest confidence that is honest here. */
    confidence: z.number().optional(),
    /** The language in which the answer should be. */
    language: z.enum(['zh', 'en']),
  }),
});
export type EvaluationCase = z.infer<typeof evaluationCase>;

export type CaseScore = {
  name: string;
  completeness: number;
  accuracy: number;
  feasibility: number;
  total: number;
  missed: string[];
};

/** Weights of the seed's evaluation; out of 100. */
export const weights = { completeness: 40, accuracy: 30, feasibility: 30 } as const;
/** Per cent of all points above which the evaluation passes. */
export const passMark = 60;

type Check = [what: string, holds: boolean];

/** Points of one answer: each part is the share of its checks that hold. */
export const scoreAnswer = (given: EvaluationCase, answer: unknown): CaseScore => {
  const parsed = analysisSchema.safeParse(answer);
  if (!parsed.success)
    return { name: given.name, completeness: 0, accuracy: 0, feasibility: 0, total: 0, missed: ['a whole analysis'] };
  const parts = {
    completeness: completeness(parsed.data),
    accuracy: accuracy(given, parsed.data),
    feasibility: feasibility(parsed.data),
  };
  const points = (part: keyof typeof parts) =>
    weights[part] * (parts[part].filter(([, holds]) => holds).length / parts[part].length);
  const [complete, accurate, feasible] = [points('completeness'), points('accuracy'), points('feasibility')];
  return {
    name: given.name,
    completeness: complete,
    accuracy: accurate,
    feasibility: feasible,
    total: complete + accurate + feasible,
    missed: Object.values(parts)
      .flat()
      .filter(([, holds]) => !holds)
      .map(([what]) => what),
  };
};

const completeness = ({
  situation_analysis,
  risk_assessment,
  recommendations,
  final_recommendation,
}: Analysis): Check[] => [
  ['a summary of more than 20 characters', situation_analysis.summary.length > 20],
  ['findings that differ', new Set(situation_analysis.key_findings).size === situation_analysis.key_findings.length],
  ['two risk factors', risk_assessment.risk_factors.length >= 2],
  ['reasons for each risk', risk_assessment.risk_factors.every(({ reason }) => reason.length > 5)],
  [
    'recommendations with titles of their own',
    new Set(recommendations.map(({ title }) => title)).size === recommendations.length,
  ],
  ['reasoning of more than 20 characters', final_recommendation.reasoning.length > 20],
  ['assumptions', final_recommendation.key_assumptions.length > 0],
];

const accuracy = ({ expect }: EvaluationCase, answer: Analysis): Check[] => {
  const text = JSON.stringify(answer);
  const { choice, confidence } = answer.final_recommendation;
  return [
    [
      'the language of the question',
      (/\p{Script=Han}/u.test(answer.situation_analysis.summary) ? 'zh' : 'en') === expect.language,
    ],
    ...(expect.choice === undefined
      ? []
      : [[`the choice ${expect.choice}`, choice.toLowerCase().includes(expect.choice.toLowerCase())] satisfies Check]),
    ...expect.figures.map(
      (figure): Check => [`the figure ${figure}`, numbersIn(text).some((one) => near(one, figure))],
    ),
    ...(expect.score
      ? [
          [
            `a risk score of ${expect.score.join(' to ')}`,
            answer.risk_assessment.overall_score >= expect.score[0] &&
              answer.risk_assessment.overall_score <= expect.score[1],
          ] satisfies Check,
        ]
      : []),
    ...(expect.confidence === undefined
      ? []
      : [[`a confidence of at most ${expect.confidence}`, confidence <= expect.confidence] satisfies Check]),
  ];
};

const feasibility = ({ recommendations, final_recommendation }: Analysis): Check[] => {
  const chosen = recommendations.find(({ title }) => title === final_recommendation.choice);
  return [
    [
      'something speaks for and against each',
      recommendations.every(({ pros, cons }) => pros.length > 0 && cons.length > 0),
    ],
    ['steps for what is chosen', (chosen?.action_steps.length ?? 0) > 0],
    [
      'steps that are sentences',
      recommendations.every(({ action_steps }) => action_steps.every((step) => step.length >= 6)),
    ],
    ['a time for each', recommendations.every(({ timeline }) => timeline.length > 0)],
    [
      'money for each, or that it is unknown',
      recommendations.every(({ investment_amount }) => /\d|unknown|未知/i.test(investment_amount)),
    ],
  ];
};

const numbersIn = (text: string): number[] =>
  [...text.matchAll(/-?\d[\d,]*(?:\.\d+)?/g)].map(([number]) => Number(number.replaceAll(',', '')));

const near = (value: number, wanted: number): boolean =>
  [1, 1e3, 1e4, 1e6, 1e8].some((unit) => Math.abs(value * unit - wanted) <= Math.abs(wanted) * 0.01 + 1e-9);
