import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { listFiles } from '../../src/world/files.ts';
import { packageFolder, specwright } from '../system/command-line.ts';

const work = mkdtempSync(path.join(tmpdir(), 'given-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

type Row = { name: string; value: number };

const train = async (name: string, brief: string, data: string) => {
  const root = path.join(work, name);
  const ended = await specwright(
    ['create', brief, '--data', data, '--out', root, '--yes', '--until', '2.4', '--json'],
    {
      cwd: work,
      limitMs: 900_000,
    },
  );
  expect(ended.code, ended.all).toBe(0);
  const summary = JSON.parse(ended.stdout.trim().split('\n').at(-1)!) as {
    task: string;
    target: string;
    metrics: Row[];
  };
  const schema = JSON.parse(readFileSync(path.join(root, 'data/schema.json'), 'utf8'));
  const figure = (metric: string) => summary.metrics.find((one) => one.name === metric)?.value;
  return { root, summary, schema, figure, tech: readFileSync(path.join(root, 'spec/tech.md'), 'utf8') };
};

const put = (name: string, lines: string[]): string => {
  const file = path.join(work, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};

/** The same numbers each time (mulberry32). */
const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
const normal = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

describe('data as people hand it over, from the brief to a trained model', () => {
  test('a tar of pictures with a table of labels', async () => {
    const drawn = path.join(packageFolder, 'templates/image/data/images');
    const folder = path.join(work, 'shots');
    mkdirSync(path.join(folder, 'pictures'), { recursive: true });
    const lines = listFiles(drawn).map((file, index) => {
      const name = `shot-${String(index).padStart(4, '0')}${path.extname(file)}`;
      copyFileSync(path.join(drawn, file), path.join(folder, 'pictures', name));
      return `C:\\camera\\${name},${path.dirname(file)}`;
    });
    writeFileSync(path.join(folder, 'labels.csv'), `file,shape\n${lines.join('\n')}\nlost.png,ring\n`);
    const archive = path.join(work, 'shots.tar.gz');
    execFileSync('tar', ['czf', archive, '-C', work, 'shots']);
    const { summary, schema, tech, root } = await train('pictures', '识别图片里的形状，准确率 80% 以上', archive);
    expect(summary).toMatchObject({ task: 'image_classification', target: 'shape' });
    expect(schema.classes.length).toBeGreaterThan(2);
    expect(tech).toContain('1 行没有对应的图片');
    expect(listFiles(path.join(root, 'data/images'))).toHaveLength(lines.length);
  });

  test('grades keep their order, and are scored by it', async () => {
    const next = random(3);
    const grades = ['非常不满意', '不满意', '一般', '满意', '非常满意'];
    const lines = Array.from({ length: 500 }, () => {
      const [service, minutes] = [Math.ceil(next() * 5), Math.round(next() * 90)];
      const level = service * 0.8 - minutes / 30 + 0.6 * normal(next);
      return `${service},${minutes},${grades[[0, 1, 2, 3].filter((cut) => level > cut).length]}`;
    });
    const data = put('satisfaction.csv', ['服务态度,等待分钟,满意度', ...lines]);
    const { schema, figure } = await train('satisfaction', '预测顾客满意度等级，二次加权 Kappa 不低于 0.6', data);
    expect(schema).toMatchObject({ ordered: true, classes: grades });
    expect(figure('quadratic_kappa')).toBeGreaterThanOrEqual(0.6);
    expect(figure('grade_error')).toBeLessThan(1);
  });

  test('counts are met by models that are made for them', async () => {
    const next = random(4);
    const poisson = (mean: number) => {
      let [k, product] = [0, next()];
      for (; product > Math.exp(-mean); k += 1) product *= next();
      return k;
    };
    const lines = Array.from({ length: 600 }, () => {
      const [size, kind] = [normal(next), next() < 0.5 ? 'a' : 'b'];
      return `${size.toFixed(3)},${kind},${poisson(Math.exp(0.7 * size + (kind === 'b' ? 0.8 : 0)))}`;
    });
    const data = put('visits.csv', ['size,kind,visits', ...lines]);
    const { tech } = await train('visits', 'Predict the number of visits; mean absolute error at most 1.5', data);
    expect(tech).toMatch(/model: poisson\b/);
    expect(tech).toMatch(/model: poisson_boosting\b/);
  });

  test('prices of weekdays that nothing foretells are forecast by the last one', async () => {
    const next = random(5);
    let price = 100;
    const lines = Array.from({ length: 700 }, (_, index) => new Date(Date.UTC(2022, 0, 3 + index)))
      .filter((date) => date.getUTCDay() % 6 !== 0)
      .map((date) => {
        price *= 1 + 0.01 * normal(next);
        return `${date.toISOString().slice(0, 10)},${price.toFixed(2)}`;
      });
    const data = put('prices.csv', ['day,price', ...lines]);
    const { schema, figure } = await train('prices', 'Forecast the price of the next 3 days, judged by MAPE', data);
    expect(schema).toMatchObject({ frequency: { unit: 'weekday', count: 1 }, season: 5, horizon: 3 });
    expect(figure('mape')).toBeLessThan(0.05);
  });

  test('a title and a body are read together', async () => {
    const next = random(6);
    const words = { sport: ['match', 'goal', 'team'], money: ['bank', 'loan', 'price'] };
    const lines = Array.from({ length: 240 }, (_, index) => {
      const topic = index % 2 ? 'sport' : 'money';
      const pick = () => words[topic][Math.floor(next() * 3)];
      return next() < 0.5
        ? `note ${index} of this day,the ${pick()} and the ${pick()} on page ${index},${topic}`
        : `the ${pick()} of day ${index},nothing else was written on page ${index},${topic}`;
    });
    const data = put('news.csv', ['title,body,topic', ...lines]);
    const { schema, figure } = await train('news', 'Sort articles by topic, accuracy at least 90%', data);
    const read = schema.columns.filter(({ role }: { role: string }) => role === 'text');
    expect(read.map(({ name }: { name: string }) => name)).toEqual(['title', 'body']);
    expect(figure('accuracy')).toBeGreaterThanOrEqual(0.9);
  });
});
