import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadRules } from '../../src/artifacts/rules/rules.ts';
import { loadConfig } from '../../src/config.ts';
import { createWorkbench } from '../../src/environment/workbench.ts';
import { sharedPackages, sharedTemplate } from '../../src/stages/templates.ts';
import { realWorld } from '../../src/world/world.ts';
import { emptyFolder, packageFolder, specwright } from './command-line.ts';

const folder = emptyFolder();
const config = loadConfig();
const world = realWorld(config);
const { rules } = loadRules({ packageFolder: config.packageFolder, language: 'en' });

type Summary = {
  verdict: string;
  task: string;
  metrics: { name: string; value: number; baseline: { value: number } | null }[];
  stages: { id: string; reasons: { message: string }[] }[];
};

const run = async (name: string, brief: string, data: string): Promise<{ summary: Summary; root: string }> => {
  const root = path.join(folder, name);
  const ended = await specwright(['create', brief, '--data', data, '--out', root, '--yes', '--json'], {
    cwd: folder,
    limitMs: 400_000,
  });
  const summary = JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '{}') as Summary;
  expect(summary.verdict, JSON.stringify(summary.stages?.flatMap(({ reasons }) => reasons)) + ended.stderr).toBe(
    'passed',
  );
  return { summary, root };
};

/** Folders of people, drawn: see `draw_faces.py`. */
const draw = async (given: string[], output: string): Promise<void> => {
  const bench = createWorkbench({
    config,
    run: world.run,
    rules: rules.VENV_CONFIG,
    templateFolder: sharedTemplate(config),
    packages: sharedPackages(config),
    scratch: path.join(folder, 'scratch'),
  });
  const { python } = await bench.environment();
  await bench.close();
  const script = path.join(packageFolder, 'test/system/draw_faces.py');
  const drawn = await world.run([python, script, output, ...given], { cwd: folder, limitSeconds: 60 });
  expect(drawn.exitCode, drawn.stderr).toBe(0);
};

/** The same numbers on every machine. */
const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

const put = (name: string, lines: string[]): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};

describe('from a brief to a served model, for every family', () => {
  test('texts in Chinese, as JSON lines', async () => {
    const next = random(3);
    const pick = (words: string[]) => words[Math.floor(next() * words.length)]!;
    const words = {
      体育: ['比赛', '进球', '教练', '球队', '冠军'],
      财经: ['股票', '利率', '银行', '基金', '通胀'],
      科技: ['芯片', '软件', '手机', '算法', '网络'],
    };
    const lines = Array.from({ length: 240 }, (_, index) => {
      const label = (['体育', '财经', '科技'] as const)[index % 3]!;
      const text = `${pick(['今天', '昨天', '据报道'])}${pick(words[label])}与${pick(words[label])}，${pick(['引起关注', '受到热议', '有新进展'])}。`;
      return JSON.stringify({ 内容: text, 频道: label });
    });
    const { summary } = await run('texts', '给新闻短文分到频道，准确率至少 85%', put('texts.jsonl', lines));
    expect(summary).toMatchObject({ task: 'text_classification' });
    expect(summary.metrics[0]!.value).toBeGreaterThan(0.85);
  });

  test('texts that come later than the brief: the project goes on with them, under its name', async () => {
    const root = path.join(folder, 'later');
    const made = await specwright(
      ['create', 'Sort short remarks by their topic.', '--out', root, '--yes', '--until', '1.3'],
      { cwd: folder, limitMs: 200_000 },
    );
    expect(made.code, made.all).toBe(0);
    const data = path.join(packageFolder, 'templates/text/data/mini/data.csv');
    const resumed = await specwright(['resume', root, '--data', data, '--yes', '--until', '1.4'], {
      cwd: folder,
      limitMs: 200_000,
    });
    expect(resumed.code, resumed.all).toBe(0);
    const packages = readdirSync(root).filter((name) => existsSync(path.join(root, name, 'family.py')));
    expect(packages).toHaveLength(1);
    expect(readFileSync(path.join(root, 'spec/tech.md'), 'utf8')).toContain('made: null');
  });

  test('a folder of images by class', async () => {
    const { summary } = await run(
      'images',
      'Recognise the shape on small pictures: cross, ring or square. At least 80% right.',
      path.join(packageFolder, 'templates/image/data/images'),
    );
    expect(summary).toMatchObject({ task: 'image_classification' });
  });

  test('a folder of people, with grey, broken and copied pictures among them', async () => {
    const faces = path.join(folder, 'staff');
    await draw(['--people', '20', '--images', '6', '--side', '40', '--mixed'], faces);
    const { summary, root } = await run(
      'faces',
      '用这些照片做一个人脸验证服务，并能识别已登记的人。等错误率不超过 25%',
      faces,
    );
    expect(summary).toMatchObject({ task: 'face_verification' });
    const people = (part: string) =>
      new Set(
        readFileSync(path.join(root, 'data', part, 'data.csv'), 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => line.split(',').at(-1)),
      );
    const [full, holdout] = [people('full'), people('holdout')];
    expect(full.size + holdout.size).toBe(20);
    expect([...holdout].filter((person) => full.has(person))).toEqual([]);
  });

  test.each([
    ['one person only', ['--people', '1', '--images', '40'], /all 40 images are of one person: at least 16 people/],
    ['one picture of each', ['--people', '40', '--images', '1'], /each of the 40 people has one image only/],
    ['too few people', ['--people', '6', '--images', '6'], /of 6 people only 6 have 2 or more different images/],
  ])('faces that nothing can be learnt from are refused: %s', async (name, drawn, message) => {
    const faces = path.join(folder, name.replaceAll(' ', '-'));
    await draw([...drawn, '--side', '24'], faces);
    const root = path.join(folder, `${name.replaceAll(' ', '-')}-project`);
    const ended = await specwright(
      ['create', 'Face verification from photos', '--data', faces, '--out', root, '--yes', '--until', '1.2'],
      { cwd: folder },
    );
    expect(ended.code).toBe(3);
    expect(ended.all).toMatch(message);
  });

  test('a series of months with a gap, dirty numbers and dates in Chinese', async () => {
    const next = random(5);
    const lines = ['月份,销售额'];
    for (let month = 0; month < 96; month += 1) {
      if (month === 40) continue;
      const value = 50_000 + 250 * month + 8000 * Math.sin((2 * Math.PI * month) / 12) + 2000 * (next() - 0.5);
      const text = Math.round(value).toLocaleString('en-US');
      lines.push(`${2015 + Math.floor(month / 12)}年${(month % 12) + 1}月,"${text}"`);
    }
    const { summary, root } = await run('months', '预测未来3个月的销售额，MAPE 不超过 10%', put('months.csv', lines));
    expect(summary).toMatchObject({ task: 'time_series_forecasting' });
    const schema = JSON.parse(readFileSync(path.join(root, 'data/schema.json'), 'utf8'));
    expect(schema).toMatchObject({ horizon: 3, season: 12, frequency: { unit: 'month', count: 1 } });
    // The next rows come as these did: what the project takes is what the user's file has.
    const predicted = async (...input: string[]) =>
      JSON.parse((await specwright(['predict', root, ...input], { cwd: folder })).stdout) as { dates: string[] }[];
    const tail = lines.slice(-30).map((line) => line.split(/,(.*)/s).map((cell) => cell.replaceAll('"', '')));
    const plain = tail.map(([month, value]) => ({
      月份: month!.replace(/年(\d+)月/, (_, number) => `-${number.padStart(2, '0')}-01`),
      销售额: Number(value!.replaceAll(',', '')),
    }));
    const written = tail.map(([month, value]) => ({ 月份: month, 销售额: value }));
    const expected = await predicted(JSON.stringify({ history: plain }));
    expect(expected[0]!.dates).toEqual(['2023-01-01', '2023-02-01', '2023-03-01']);
    expect(await predicted(JSON.stringify({ history: written }))).toEqual(expected);
    const file = put('new.tsv', ['月份\t销售额', ...tail.map((cells) => cells.join('\t'))]);
    expect(await predicted('--input', file)).toEqual(expected);
  });
});
