import { describe, expect, it } from 'vitest';
import { normalise } from './language.ts';
import { findNumbers, parseHan } from './numbers.ts';
import { findQuantities, inBase } from './units.ts';

const measured = (text: string) =>
  findQuantities(normalise(text), []).map((quantity) => [
    quantity.dimension,
    inBase(quantity.high ?? quantity.amount, quantity),
  ]);

describe('numbers in words', () => {
  it.each([
    ['九十七', 97],
    ['两百', 200],
    ['一千五', 1500],
    ['三百五', 350],
    ['一万二', 12_000],
    ['一百零五', 105],
    ['零点八五', 0.85],
    ['十', 10],
    ['二十万', 200_000],
  ])('%s is %d', (text, value) => expect(parseHan(text)).toBeCloseTo(value, 9));
});

describe('an amount with its unit', () => {
  it.each([
    ['97%', 'ratio', 0.97],
    ['97 percent', 'ratio', 0.97],
    ['ninety-seven percent', 'ratio', 0.97],
    ['百分之九十七', 'ratio', 0.97],
    ['百分之97', 'ratio', 0.97],
    ['千分之五', 'ratio', 0.005],
    ['九成五', 'ratio', 0.95],
    ['9成', 'ratio', 0.9],
    ['nine out of ten', 'ratio', 0.9],
    ['three nines', 'ratio', 0.999],
    ['四个九', 'ratio', 0.9999],
    ['50ms', 'time', 0.05],
    ['0.05 秒', 'time', 0.05],
    ['五十毫秒', 'time', 0.05],
    ['half a second', 'time', 0.5],
    ['半小时', 'time', 1800],
    ['一个半小时', 'time', 5400],
    ['ten minutes', 'time', 600],
    ['10 分钟', 'time', 600],
    ['sub-100ms', 'time', 0.1],
    ['50 到 100 毫秒', 'time', 0.1],
    ['between 1 and 2 seconds', 'time', 2],
    ['200 QPS', 'rate', 200],
    ['每秒 200 个请求', 'rate', 200],
    ['five hundred requests per second', 'rate', 500],
    ['1.2万次/秒', 'rate', 12_000],
    ['3k requests a second', 'rate', 3000],
    ['600 requests per minute', 'rate', 10],
    ['500MB', 'size', 500],
    ['0.5 GB', 'size', 500],
    ['4G 内存', 'size', 4000],
    ['20 兆', 'size', 20],
    ['$1,000', 'money', 1000],
    ['每月 500 元', 'money', 500],
    ['5 万元', 'money', 50_000],
    ['2.2 度', 'measure', 2.2],
    ['2.5 mpg', 'measure', 2.5],
  ])('%s is a %s of %d', (text, dimension, value) => expect(measured(text)).toEqual([[dimension, value]]));

  it.each(['P95', 'F1', 'Python 3.11', 'RTX 4090', '24/7', '一台机器', '一类', '2019 年', 'covid-19', '统一分析'])(
    '%s has no amount',
    (text) => expect(measured(text).filter(([dimension]) => dimension !== 'plain')).toEqual([]),
  );

  it('leaves the names of subjects alone', () => expect(findNumbers('p95 延迟', [{ start: 0, end: 6 }])).toEqual([]));
});
