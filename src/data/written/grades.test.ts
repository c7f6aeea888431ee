import { describe, expect, test } from 'vitest';
import { gradesOf } from './grades.ts';

const order = (labels: string[], brief = '', target = 'y') => gradesOf(labels.toSorted(), { target, brief });

describe('classes that have an order', () => {
  test.for([
    [['Low', 'Medium', 'High']],
    [['非常不满意', '不满意', '一般', '满意', '非常满意']],
    [['mild', 'moderate', 'severe']],
    [['S', 'M', 'L', 'XL']],
    [['very_low', 'low', 'high', 'Very-High']],
  ])('a scale that people use: %j', ([labels]) => {
    expect(order(labels!)).toEqual(labels);
  });

  test.for([
    [['3', '4', '5', '6', '10'], 'quality'],
    [['1星', '2星', '3星'], 'y'],
    [['一级', '二级', '三级'], 'y'],
    [['1 star', '2 stars', '3 stars'], 'y'],
    [['1', '2', '3'], '满意度'],
  ] as const)('numbers that are called grades: %j', ([labels, target]) => {
    expect(order([...labels], '', target)).toEqual(labels);
  });

  test('classes that the brief lists in an order', () => {
    const cuts = ['Fair', 'Good', 'Very Good', 'Premium', 'Ideal'];
    expect(order(cuts, 'Predict the cut (Fair < Good < Very Good < Premium < Ideal).')).toEqual(cuts);
    expect(order(cuts, '切工等级 Fair、Good、Very Good、Premium、Ideal，由低到高')).toEqual(cuts);
    expect(order(cuts, 'from best to worst: Ideal, Premium, Very Good, Good, Fair')).toEqual(cuts);
  });
});

test.for([
  [['0', '1', '2'], 'which species', 'target'],
  [['red', 'green', 'blue'], 'the colour', 'y'],
  [['low', 'high'], '', 'risk'],
  [['Fair', 'Good', 'Very Good', 'Premium', 'Ideal'], 'Fair, Good, Very Good, Premium or Ideal', 'cut'],
  [['low', 'medium', 'purple'], 'low to high', 'y'],
] as const)('no order: %j', ([labels, brief, target]) => {
  expect(order([...labels], brief, target)).toBeNull();
});
