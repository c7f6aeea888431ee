import { describe, expect, it } from 'vitest';
import type { DataProfile } from '../data-profile.ts';
import { extractRequirements } from '../extract.ts';

const column = (name: string, type: 'number' | 'date', distinct: number) => ({
  name,
  type,
  distinct,
  missing: 0,
  examples: [],
});

describe('several targets in one breath', () => {
  const weather: DataProfile = {
    kind: 'table',
    fileName: 'weather.csv',
    rows: 1461,
    columns: [
      column('date', 'date', 1461),
      column('wind', 'number', 79),
      column('temp_max', 'number', 67),
      column('temp_min', 'number', 55),
    ],
  };
  const asked = (brief: string, answers = {}) => {
    const { questions, target } = extractRequirements(brief, { profile: weather, answers });
    const found = questions.find(({ id }) => id === 'Q-target');
    return { target, options: found?.options.map(({ value }) => value), recommended: found?.recommended };
  };

  it.each([
    ['Forecast temp_max and temp_min for the next 7 days'],
    ['预测未来 7 天的 temp_max 和 temp_min'],
    ['预测未来 7 天的temp_max、temp_min'],
    ['Forecast the temperature ("temp_max" & "temp_min") of the next 7 days'],
    ['Forecast daily temp_max and daily temp_min for 7 days'],
    ['预测 temp_max和每日temp_min，未来 7 天'],
  ])('are asked about: %s', (brief) => {
    expect(asked(brief)).toMatchObject({ options: ['temp_max', 'temp_min'], recommended: 'temp_max' });
    expect(asked(brief, { 'Q-target': 'temp_min' }).target).toBe('temp_min');
  });

  it.each([
    ['Forecast temp_max, temp_min and wind for 7 days'],
    ['Forecast temp_max, temp_min, and wind for 7 days'],
    ['预测未来 7 天的temp_max，temp_min和wind'],
  ])('may be more than two: %s', (brief) => {
    expect(asked(brief).options).toEqual(['temp_max', 'temp_min', 'wind']);
  });

  it.each([
    ['Forecast temp_max of the next 7 days from wind and temp_min'],
    ['根据 wind 和 temp_min 预测未来 7 天的 temp_max'],
    ['Forecast temp_max for the next 7 days; temp_min is known'],
    ['Forecast temp_max of each wind and temp_min for 7 days'],
    ['The file has temp_max and temp_min per day; forecast temp_max for the next 7 days.'],
    ['temp_max and temp_min are measured in Celsius. Forecast temp_max for 7 days.'],
    ['temp_min and temp_max are strongly correlated, so drop temp_min. Predict temp_max for 7 days.'],
    ['The temp_max, wind and temp_min of each day are given; predict temp_max for the next week'],
    ['Predict temp_max for 7 days, temp_min and wind are known'],
    ['数据包含 date、wind、temp_min和temp_max，请预测未来 7 天的 temp_max'],
    ['表里有 temp_max 和 temp_min 两列，只预测未来 7 天的 temp_max'],
    ['temp_max 和 temp_min 的单位都是摄氏度，请预测未来 7 天的 temp_max'],
    ['temp_max 与 wind、temp_min 有关，请预测下周的 temp_max'],
    ['预测未来 7 天的 temp_max，temp_min 和 wind 已知'],
  ])('are not seen in %s', (brief) => {
    expect(asked(brief)).toMatchObject({ target: 'temp_max', options: undefined });
  });
});
