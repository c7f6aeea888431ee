import { describe, expect, it } from 'vitest';
import { readOperator } from './operators.ts';

describe('a limit in words is inclusive', () => {
  it.each([
    ['不超过 ', '', 'lower', '<='],
    ['别超过 ', '', 'lower', '<='],
    ['控制在 ', ' 以内', 'lower', '<='],
    ['低于 ', '', 'lower', '<='],
    ['below ', '', 'lower', '<='],
    ['within ', '', 'lower', '<='],
    ['no worse than ', '', 'lower', '<='],
    ['may not exceed ', '', 'lower', '<='],
    ['must not take longer than ', '', 'lower', '<='],
    ['', ' or less', 'lower', '<='],
    ['', ' 以上', 'higher', '>='],
    ['至少 ', '', 'higher', '>='],
    ['不低于 ', '', 'higher', '>='],
    ['a minimum of ', '', 'higher', '>='],
    ['', ' or better', 'higher', '>='],
    ['no less than ', '', 'higher', '>='],
    ['greater than or equal to ', '', 'higher', '>='],
    ['大于等于 ', '', 'higher', '>='],
    ['≥', '', 'higher', '>='],
    ['', '', 'higher', '>='],
    ['', '', 'lower', '<='],
  ] as const)('%s…%s', (lead, trail, better, op) => expect(readOperator(lead, trail, better).op).toBe(op));
});

describe('a comparison is strict', () => {
  it.each([
    ['more than ', 'higher', '>'],
    ['超过 ', 'higher', '>'],
    ['严格大于 ', 'higher', '>'],
    ['strictly above ', 'higher', '>'],
    ['> ', 'higher', '>'],
    ['less than ', 'lower', '<'],
    ['小于 ', 'lower', '<'],
    ['不到 ', 'lower', '<'],
  ] as const)('%s', (lead, better, op) => expect(readOperator(lead, '', better).op).toBe(op));
});

describe('the subject decides the direction', () => {
  it('accuracy below 85 % is useless: at least 85 %', () =>
    expect(readOperator('anything below ', ' accuracy is useless', 'higher')).toEqual({
      op: '>=',
      explicit: true,
      turned: true,
    }));
  it('users leave above 300 ms: at most 300 ms', () =>
    expect(readOperator('响应时间超过 ', '', 'lower').op).toBe('<='));
});
