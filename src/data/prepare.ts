import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { literal, openDatabase } from './duckdb.ts';
import { findImageLabels, type ImageLabels, withLabels } from './given/image-labels.ts';
import { openSource, type Source } from './given/source.ts';
import { type ImageClasses, type ImageListing, placeImages, readsImages } from './images.ts';
import { fewPeople, type PeopleRules, splitsPeople } from './people.ts';
import { type ColumnProfile, profileTable } from './profile.ts';
import { leaveOut, type RareClass, rareClasses } from './rare-classes.ts';
import { rolesOf, seriesRoles } from './roles.ts';
import { isClassification, type Sealed, sealHoldout } from './seal.ts';
import { type AskedHorizon, describeSeries, type SeriesShape } from './series.ts';
import { loadTable, type Table } from './table.ts';
import type { Rewritten } from './written/columns.ts';
import { labelLike, type MergedLabels, mergeLabels } from './written/labels.ts';

export type DataProblem = { about: string; message: string; zh: string };

export type Prepared = {
  sealed: Sealed;
  profiles: ColumnProfile[];
  source: Source & { kind: 'table' };
  /** Files among images that are none. */
  unreadable: ImageListing['unreadable'];
  /** The table beside images that says what is on them, where there is one. */
  labels: Pick<ImageLabels, 'file' | 'names' | 'missing' | 'repeated'> | null;
  merged: MergedLabels[];
  /** Classes whose few rows were left out. */
  rare: RareClass[];
  rewritten: Rewritten[];
  /** Of a table of moments: its column of times, and moments that were left out. */
  times: { column: string; strays: string[] } | null;
};

type Request = {
  given: string;
  root: string;
  scratch: string;
  task: string;
  brief: string;
  target: string | null;
  positiveClass: string | null;
  unit: string | null;
  /** How far a forecast must look, as the brief says it. */
  horizon: AskedHorizon | null;
  /** Reads a folder of images and writes the table of them; by Python, since nothing here unpacks images. */
  listImages: (folder: string, classes: ImageClasses) => Promise<ImageListing>;
  /** Whether classes that are too rare may be left out. */
  agreeToLeaveOut: (rare: RareClass[]) => Promise<boolean>;
  rules: {
    seed: number;
    minimum_rows: number;
    minimum_rows_per_class: number;
    people: PeopleRules;
    holdout: { share: number; minimum_rows: number };
  };
};

/** Reads, checks and splits the user's table; what makes it unfit for the task comes back as problems with figures. */
export const prepareData = async (request: Request): Promise<Prepared | { problems: DataProblem[] }> => {
  const given = await openSource(request.given, request.scratch);
  if (readsImages(request.task) !== (given.kind === 'images'))
    return { problems: [otherKind(given.kind, request.task)] };
  const labels = given.kind === 'images' ? await findImageLabels(given, request.scratch) : null;
  const listing =
    given.kind === 'images'
      ? await request.listImages(given.folder, labels ? 'all' : (given.namedBy ?? 'sorted'))
      : null;
  const fewest = splitsPeople(request.task) ? 1 : request.rules.minimum_rows;
  if (listing && listing.images < fewest) return { problems: [fewImages(listing, request.rules)] };
  const source = given.kind === 'images' ? await tableOfImages(given, { listing: listing!, labels, request }) : given;
  const table = await loadTable(source, request.scratch, { asWritten: request.task === 'sequence_to_sequence' });
  try {
    const merged = await mergeTargetLabels(table, request);
    const rare = await withoutRareClasses(table, request);
    const profiles = await profileTable(table);
    const lonely =
      splitsPeople(request.task) && request.target !== null && table.columns.includes(request.target)
        ? await fewPeople(table, request.target, request.rules.people)
        : null;
    if (lonely) return { problems: [lonely] };
    const problems = findProblems(request, table, profiles);
    if (problems.length > 0) return { problems };
    const series = isForecast(request) ? await describeSeries(table, profiles, request.target!, request.horizon) : null;
    if (series && 'message' in series) return { problems: [series] };
    const short = series && shortSeries(series, table.rows);
    if (short) return { problems: [short] };
    const sealed = await sealHoldout(table, profiles, request.root, {
      task: request.task,
      series,
      roles: series
        ? seriesRoles(profiles, request.target!, series, table.rows)
        : rolesOf(request.task, profiles, request.target!, table.rows)!,
      target: request.target!,
      unit: request.unit,
      positiveClass: labelLike(profiles.find(({ name }) => name === request.target)!.values, request.positiveClass),
      brief: request.brief,
      share: request.rules.holdout.share,
      minimumRows: request.rules.holdout.minimum_rows,
      people: request.rules.people,
      seed: request.rules.seed,
    });
    const late = fewRows(sealed.classes, request.rules.minimum_rows_per_class);
    if (late.length > 0) return { problems: late };
    if (given.kind === 'images') await placeImages(request.root, given, listing!);
    else await keepSmallSource(source, request.root);
    return {
      sealed,
      profiles,
      source,
      unreadable: listing?.unreadable ?? [],
      labels,
      merged,
      rare,
      rewritten: table.rewritten,
      times: series && { column: series.time, strays: series.strays },
    };
  } finally {
    table.database.close();
  }
};

const namedClasses = 5;

/** One reason for all classes that have too few rows: there may be thousands. */
const fewRows = (classes: { label: string; full: number }[], minimum: number): DataProblem[] => {
  const few = classes.filter(({ full }) => full < minimum).sort((a, b) => a.full - b.full);
  if (few.length === 0) return [];
  const shown = few.slice(0, namedClasses).map(({ label, full }) => `${label} (${full})`);
  const more = few.length - shown.length;
  return [
    {
      about: 'classes',
      message: `${few.length} of ${classes.length} have fewer than ${minimum} rows for training: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Collect more rows, or merge or drop these classes`,
      zh: `${classes.length} 个类别中有 ${few.length} 个可供训练的行数不足 ${minimum}：${shown.join('、')}${more > 0 ? ` 以及另外 ${more} 个` : ''}。请收集更多数据，或合并、去掉这些类别`,
    },
  ];
};

const mergeTargetLabels = async (table: Table, { task, target }: Request): Promise<MergedLabels[]> =>
  isClassification(task) && target !== null && table.columns.includes(target)
    ? mergeLabels(table.database, target)
    : [];

const withoutRareClasses = async (table: Table, request: Request): Promise<RareClass[]> => {
  const { task, target, rules } = request;
  if (!isClassification(task) || target === null || !table.columns.includes(target)) return [];
  const rare = await rareClasses(table, target, {
    minimum: rules.minimum_rows_per_class,
    holdoutShare: rules.holdout.share,
  });
  if (rare.length === 0 || !(await request.agreeToLeaveOut(rare))) return [];
  await leaveOut(table, target, rare);
  return rare;
};

const isForecast = ({ task }: Pick<Request, 'task'>): boolean => task === 'time_series_forecasting';

/** A model must see at least a few spans as long as the one that it forecasts. */
const leastSpans = 5;

const shortSeries = ({ horizon, series }: SeriesShape, rows: number): DataProblem | null =>
  rows >= leastSpans * horizon
    ? null
    : {
        about: 'horizon',
        message: `a forecast of ${horizon} steps needs at least ${leastSpans * horizon} rows${series.length > 0 ? ' in all' : ''}, there are ${rows}: give a longer history, or ask for a shorter forecast`,
        zh: `预测 ${horizon} 步至少需要 ${leastSpans * horizon} 行，现有 ${rows} 行：请给出更长的历史，或缩短预测跨度`,
      };

const otherKind = (kind: Source['kind'], task: string): DataProblem =>
  kind === 'images'
    ? {
        about: 'data',
        message: `is a folder of images, and a project of the family ${task} reads a table`,
        zh: `是图片文件夹，而 ${task} 类的项目读取表格`,
      }
    : {
        about: 'data',
        message: `is a table, and a project of the family ${task} reads a folder that holds one folder of images for each class or person`,
        zh: `是表格，而 ${task} 类的项目读取“每个类别或每个人一个子文件夹”的图片文件夹`,
      };

const fewImages = ({ images, unreadable }: ImageListing, rules: Request['rules']): DataProblem => {
  const broken = unreadable.slice(0, 3).map(({ file, problem }) => `${file} (${problem})`);
  return {
    about: 'data',
    message: `${images} images can be read, at least ${rules.minimum_rows} are needed${broken.length > 0 ? `; ${unreadable.length} files are no images: ${broken.join('; ')}` : ''}`,
    zh: `能读取的图片有 ${images} 张，至少需要 ${rules.minimum_rows} 张${broken.length > 0 ? `；另有 ${unreadable.length} 个文件不是图片：${broken.join('；')}` : ''}`,
  };
};

/** The list stands for the folder: its hash is that of all pixels, and of what a table says of them. */
const tableOfImages = async (
  { folder, shown }: Source & { kind: 'images' },
  { listing, labels, request }: { listing: ImageListing; labels: ImageLabels | null; request: Request },
): Promise<Source & { kind: 'table' }> => {
  const file = labels ? await withLabels(listing.table, labels, request.scratch) : listing.table;
  labels?.table.database.close();
  return { kind: 'table', file, format: 'csv', encoding: 'utf-8', bytes: listing.bytes, shown: shown ?? folder };
};

const findProblems = (request: Request, table: Table, profiles: ColumnProfile[]): DataProblem[] => {
  const columns = table.columns.join(', ');
  if (request.target === null)
    return [
      {
        about: 'target',
        message: `nobody named the column to predict; columns: ${columns}`,
        zh: `没有人指明要预测哪一列；现有的列：${columns}`,
      },
    ];
  const target = profiles.find(({ name }) => name === request.target);
  if (!target) {
    return [
      {
        about: 'target',
        message: `there is no column "${request.target}"; columns: ${columns}`,
        zh: `没有名为“${request.target}”的列；现有的列：${columns}`,
      },
    ];
  }
  const known = table.rows - target.missing;
  const problems: DataProblem[] = [];
  if (known < request.rules.minimum_rows) {
    problems.push({
      about: 'data',
      message: `${known} rows have a value in "${target.name}", at least ${request.rules.minimum_rows} are needed`,
      zh: `“${target.name}”有值的只有 ${known} 行，至少需要 ${request.rules.minimum_rows} 行`,
    });
  }
  if (target.distinct <= 1) {
    problems.push({
      about: 'target',
      message: `"${target.name}" is constant (${target.values[0] ?? 'all missing'}): nothing can be learnt`,
      zh: `“${target.name}”是常量（${target.values[0] ?? '全部缺失'}），没有可学的东西`,
    });
  }
  if ((request.task === 'tabular_regression' || isForecast(request)) && target.type !== 'number') {
    problems.push({
      about: 'target',
      message: `"${target.name}" holds no numbers (for example ${target.values.slice(0, 3).join(', ')}), so it cannot be predicted as a number`,
      zh: `“${target.name}”里不是数字（例如 ${target.values.slice(0, 3).join('、')}），不能作为数值来预测`,
    });
  }
  if (!isForecast(request) && rolesOf(request.task, profiles, target.name, table.rows) === null)
    problems.push({
      about: 'data',
      message: 'no column is left to learn from: all others are constant, empty or identifiers',
      zh: '没有可用来学习的列：其余各列都是常量、空列或编号',
    });
  return problems;
};

/** Rows that lie on both sides of the split; read from the written files, not from memory. */
export const countOverlap = async (root: string): Promise<number> => {
  const file = (part: string) => path.join(root, 'data', part, 'data.csv');
  if (!existsSync(file('full')) || !existsSync(file('holdout'))) return -1;
  const database = await openDatabase();
  const read = (part: string) =>
    `read_csv(${literal(file(part))}, header=true, delim=',', quote='"', escape='"', all_varchar=true)`;
  try {
    const [[count]] = (await database.rows(
      `SELECT count(*)::INTEGER FROM ${read('full')} WHERE row_id IN (SELECT row_id FROM ${read('holdout')})`,
    )) as [[number]];
    return count;
  } finally {
    database.close();
  }
};

const copiedUpToBytes = 20e6;

/** A small source lies in the project as well, so that the project can go elsewhere; a large one is only referenced. */
const keepSmallSource = async (source: Source & { kind: 'table' }, root: string): Promise<void> => {
  const folder = path.join(root, 'data/source');
  await rm(folder, { recursive: true, force: true });
  if (source.bytes > copiedUpToBytes) return;
  await mkdir(folder, { recursive: true });
  await copyFile(source.file, path.join(folder, path.basename(source.file)));
};
