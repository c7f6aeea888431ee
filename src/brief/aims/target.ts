import type { TaskFamily } from '../../artifacts/requirements.ts';
import type { DataColumn, DataProfile } from '../data-profile.ts';
import { initialsOf, wordsOf } from '../text/names.ts';
import { matches, overlaps, type Span } from '../text/span.ts';
import { concepts } from './concepts.ts';
import { chineseFor } from './glossary.ts';
import { isLabel, longTexts } from './task.ts';

/** A column that may be the target. `words` is what the brief says of it; null when only the data speak for it. */
export type Candidate = { column: DataColumn; score: number; words: Span | null };

/**
 * Columns by how likely each is the target, best first. Words of the brief come first (its name, an abbreviation,
 * a concept in either language, weighed by where it stands), then what the data say.
 */
export const rankTargets = (
  text: string,
  { profile, task, mentions }: { profile: DataProfile; task: TaskFamily | null; mentions: Span[] },
): Candidate[] => {
  const stage = readScene(text);
  // what is translated or summarised is named, and is the input
  const weight = task === 'sequence_to_sequence' ? 0.4 : 1;
  const language = task === 'sequence_to_sequence' ? targetLanguage(text) : null;
  return (
    profile.columns
      .map((column, index) => {
        const named = naming(text, column, { stage, mentions, weight });
        const byData = statistics(column, profile, { index, task });
        const byLanguage = language?.columns.test(wordsOf(column.name)) ? 0.9 : 0;
        const strength = Math.max(named?.score ?? 0, byLanguage) + byData;
        const words = named?.words ?? (byLanguage ? language!.words : null);
        return { strength, candidate: { column, score: Math.max(0, Math.min(1, strength)), words } };
      })
      .filter(({ strength }) => strength > 0)
      // Of two that are certain enough the stronger one: "the price" is Price before it is Min.Price.
      .toSorted((a, b) => b.strength - a.strength || startOf(a.candidate) - startOf(b.candidate))
      .map(({ candidate }) => candidate)
  );
};

const startOf = ({ words }: Candidate): number => words?.start ?? 1e9;

type Scene = { inputs: Span[]; aims: Span[] };

const inputPhrases =
  /(?:根据|基于|依据|利用|通过|按照?|凭|从|由|用|拿)[^，。;]{1,40}?(?=预测|判断|识别|估计|估算|预估|推断|推测|推算|分辨|区分|鉴别|自动|来|算出|看出|，|。|;|$)|(?<![a-z])(?:from|based on|using|given|with|by looking at|out of)\s[^.;,]{3,60}(?:,\s(?:and\s|or\s)?(?:[\w'-]+\s?){1,3}(?=,|\s(?:and|or)\s|[.;]|$))*(?:\s(?:and|or)\s[\w'-]+(?:\s[\w'-]+){0,2}?(?=[.;,]|$|\s(?:we|i|you|please|predict|estimate|tell|guess)\s))?/g;
const aimPhrases =
  /(?:预测|预估|估计|估算|判断|识别|推断|推测|推算|分辨|区分|鉴别|看出|找出|算出|预报|打上?|归|分类|分成|想知道)[^，。;]{0,24}|(?<![a-z])(?:predict|forecast|estimate|tell|classify|recogni[sz]e|identify|detect|determine|guess|know|find out|figure out|distinguish|label|tag|sort|flag|spot|judge)(?:s|ing)?\s[^.;,]{2,60}?(?=\s(?:from|based on|using|given|with|out of|by)\s|[.;,]|$)/g;

const readScene = (text: string): Scene => ({ inputs: matches(text, inputPhrases), aims: matches(text, aimPhrases) });

type NamingContext = { stage: Scene; mentions: Span[]; weight: number };

const naming = (
  text: string,
  column: DataColumn,
  { stage, mentions, weight }: NamingContext,
): { score: number; words: Span } | null => {
  const found = [...byName(text, column), ...byConcept(text, column), ...byValue(text, column)]
    .map(({ words, score }) => ({
      words,
      score: (leadsTo(text, words) ? 1 : weight) * (score + place(words, stage, mentions) + grouped(text, words)),
    }))
    .toSorted((a, b) => b.score - a.score || a.words.start - b.words.start);
  return found[0] ?? null;
};

/** Behind 成 or "into" stands what is made, not what it is made from. */
const leadsTo = (text: string, { start }: Span): boolean =>
  /(?:[成为到]|(?<![a-z])(?:in)?to(?: the)?)\s?$/.test(text.slice(0, start));

/** "Sales of each store per day": what is counted by is not what is counted. */
const grouped = (text: string, words: Span): number => (isCountedBy(text, words) ? -0.35 : 0);

export const isCountedBy = (text: string, { start }: Span): boolean =>
  /(?<![a-z])(?:each|every|per)\s(?:[\w-]+(?:,|\sand|\sor)\s){0,2}$|每(?:一|个|名|位|家|条|种)?\s?(?:[^，。；的]{1,8}[和与及、]\s?){0,2}$/.test(
    text.slice(0, start),
  );

/** Where the brief calls the column by its whole name, and does not say that others are predicted from it. */
export const namesOf = (text: string, column: DataColumn): Span[] => {
  const { inputs } = readScene(text);
  return byName(text, column)
    .filter(({ words, score }) => score >= 0.8 && !inputs.some((input) => overlaps(input, words)))
    .map(({ words }) => words);
};

const place = (words: Span, { inputs, aims }: Scene, mentions: Span[]): number => {
  const inside = (list: Span[]) => list.some((span) => overlaps(span, words));
  const measured = mentions.some((mention) => overlaps(mention, words)) ? -0.2 : 0;
  if (inside(aims)) return 0.2 + measured;
  return (inside(inputs) ? -0.35 : 0) + measured;
};

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const commonWords = new Set([
  'id',
  'no',
  'the',
  'of',
  'and',
  'per',
  'in',
  'is',
  'a',
  'to',
  'on',
  'num',
  'name',
  'text',
  'data',
  'value',
  'time',
  'date',
  'year',
  'day',
]);

const byName = (text: string, { name }: DataColumn): { words: Span; score: number }[] => {
  const words = wordsOf(name);
  const whole = [name.toLowerCase(), words].flatMap((form) =>
    literal(text, form).map((span) => ({ words: span, score: weigh(form) })),
  );
  const joined = apart(text, words).map((span) => ({ words: span, score: 0.8 }));
  const initials = initialsOf(name);
  const short = initials.length >= 3 ? literal(text, initials).map((span) => ({ words: span, score: 0.75 })) : [];
  return [...whole, ...joined, ...short, ...byPart(text, words.split(' '))];
};

/** "market value" for marketvalue: a name of several words that were written as one. */
const apart = (text: string, form: string): Span[] =>
  /^[a-z]{7,40}$/.test(form)
    ? matches(text, new RegExp(`(?<![a-z0-9])${[...form].join('[ _-]?')}(?:s|es)?(?![a-z0-9])`, 'g'))
    : [];

const weigh = (form: string): number =>
  form.length <= 2 && /^[a-z0-9]+$/.test(form) ? 0.35 : commonWords.has(form) ? 0.4 : 0.8;

const literal = (text: string, form: string): Span[] => {
  if (form.length < 2 && !/^[b-hj-z]$/.test(form)) return []; // a and i are words
  const ascii = /^[\x20-\x7e]+$/.test(form);
  const source = escaped(form);
  return matches(text, new RegExp(ascii ? `(?<![a-z0-9])${source}(?:s|es)?(?![a-z0-9])` : source, 'g'));
};

/** "temperature max" for temp_max, 体型 for size: a share of the column's words, whole, begun, or in Chinese. */
const byPart = (text: string, parts: string[]): { words: Span; score: number }[] => {
  const hits = parts.map((part) => [...beginnings(text, part), ...matches(text, chineseFor(part) ?? /$^/g)]);
  const share = hits.filter((list) => list.length > 0).length / parts.length;
  return hits.flat().map((words) => ({ words, score: 0.6 * share }));
};

const beginnings = (text: string, part: string): Span[] =>
  part.length < 3 || commonWords.has(part)
    ? []
    : matches(text, new RegExp(`(?<![a-z0-9])${stemOf(part)}[a-z]{0,8}(?![a-z0-9])`, 'g'));

/** "Denials" for deny. */
const stemOf = (part: string): string =>
  /[b-df-hj-np-tv-z]y$/.test(part) ? `${escaped(part.slice(0, -1))}[iy]` : escaped(part);

const byConcept = (text: string, { name }: DataColumn): { words: Span; score: number }[] => {
  const words = wordsOf(name);
  return concepts.flatMap((concept) => {
    const column = concept.columns.exec(words);
    if (!column) return [];
    const generic =
      /^(?:class|label|target|type|status|value|y|num|count|amount|score|output|time|outcome|category|total)$/.test(
        column[0],
      );
    const share = 0.25 * (column[0].length / words.length);
    return matches(text, concept.words).map((span) => ({
      words: span,
      score: (generic ? 0.4 : 0.5) + share + 0.01 * Math.min(10, span.end - span.start),
    }));
  });
};

/** "Tell male from female": the brief names values of the column. */
const byValue = (text: string, { examples, type }: DataColumn): { words: Span; score: number }[] => {
  const values = type === 'text' ? examples.filter((value) => value.length > 2 && value.length <= 24) : [];
  const hits = values.flatMap((value) => literal(text, value.toLowerCase()).slice(0, 1));
  const whole = hits.find(({ start, end }) => text.slice(start, end).includes(' ')); // "charged off" is said of no other
  return hits.length >= 2 || whole ? [{ words: whole ?? hits[0]!, score: 0.55 }] : [];
};

const conventional = /^(?:label|labels|target|class|classes|y|outcome|output|result|response|category)$/;

/** Columns that people seldom want to have predicted have no place here. */
const aside = new Set(['sex', 'age', 'weight', 'origin', 'temperature', 'language', 'author', 'duration']);
const promising = concepts.filter(({ id }) => !aside.has(id)).map(({ columns }) => columns);

/** What the data say without the brief: names that targets have, kinds of values that the task needs. */
const statistics = (
  column: DataColumn,
  profile: DataProfile,
  { index, task }: { index: number; task: TaskFamily | null },
): number => {
  const name = wordsOf(column.name);
  const label = isLabel(column, profile.rows);
  let score = 0;
  if (conventional.test(name) || /^(?:标签|类别|目标|结果)$/.test(name)) score += 0.45;
  if (/^(?:is|has) /.test(name)) score += 0.1;
  if (/^(?:counts?|cnt|total|demand|sales)$/.test(name) && column.type === 'number') score += 0.1;
  if (index === profile.columns.length - 1) score += 0.08;
  if (numbering.test(name)) score -= 0.6;
  if (column.type === 'date' && task !== 'sequence_to_sequence') score -= 0.6;
  if (column.distinct <= 1 && profile.rows > 1) score -= 0.25;
  if (promising.some((pattern) => pattern.test(name))) score += 0.08;
  return score + fit(column, profile, { task, label });
};

/** Columns that number the rows; a table written with its row names has one without a name. */
const numbering = /(?:^| )(?:id|uuid|index|key|编号|序号)$|^unnamed|^column0$|^$/;

const moment = /^(?:years?|yr|months?|quarter|week|day|date|time|timestamp|年份?|月份?|季度|日期|时间)$/;

const fit = (
  column: DataColumn,
  profile: DataProfile,
  { task, label }: { task: TaskFamily | null; label: boolean },
): number => {
  if (task === 'text_classification') {
    if (longTexts(profile).includes(column)) return -0.7;
    const labels = profile.columns.filter((other) => isLabel(other, profile.rows));
    return label ? (labels.length === 1 ? 0.6 : 0.15) : -0.3;
  }
  if (profile.kind === 'images') {
    const labels = profile.columns.filter((other) => isLabel(other, profile.rows));
    return label ? (labels.length === 1 ? 0.6 : 0.15) : task === 'face_verification' ? 0 : -0.3;
  }
  if (task === 'tabular_classification') return label ? 0.1 : -0.5;
  if (task === 'tabular_regression') return column.type === 'number' ? (column.distinct > 2 ? 0.1 : -0.2) : -0.7;
  if (task === 'time_series_forecasting') {
    if (moment.test(wordsOf(column.name))) return -0.7; // "the next five years" names no target
    const numbers = profile.columns.filter(
      ({ type, name }) => type === 'number' && !moment.test(wordsOf(name)) && !numbering.test(wordsOf(name)),
    );
    return column.type === 'number' ? (numbers.length === 1 ? 0.6 : 0.1) : -0.7;
  }
  if (task === 'sequence_to_sequence')
    return column.type === 'text' || column.type === 'date'
      ? /^(?:target|tgt|translation|summary|output|dst|to|译文|摘要)$/.test(wordsOf(column.name))
        ? 0.6
        : 0
      : -0.7;
  return 0;
};

const languages: readonly { words: string; columns: RegExp }[] = [
  {
    words: '中文|汉语|普通话|国语|简体|书面语|现代汉语|白话文?|chinese|mandarin|modern chinese',
    columns: /^(?:.*\b)?(?:zh|cn|chinese|mandarin|zho|zh cn|chn|cmn|modern|普通话|中文|白话文?|现代文)$/,
  },
  { words: '粤语|广东话|cantonese', columns: /^(?:.*\b)?(?:yue|cantonese|粤语|hk)$/ },
  { words: '英[文语]|english', columns: /^(?:.*\b)?(?:en|eng|english|英[文语])$/ },
  { words: '法[文语]|french', columns: /^(?:.*\b)?(?:fr|fra|french|法[文语])$/ },
  { words: '德[文语]|german', columns: /^(?:.*\b)?(?:de|deu|ger|german|德[文语])$/ },
  { words: '日[文语]|japanese', columns: /^(?:.*\b)?(?:ja|jp|jpn|japanese|日[文语])$/ },
  { words: '西班牙[文语]|spanish', columns: /^(?:.*\b)?(?:es|spa|spanish|西班牙[文语])$/ },
  { words: '俄[文语]|russian', columns: /^(?:.*\b)?(?:ru|rus|russian|俄[文语])$/ },
  { words: '韩[文语]|korean', columns: /^(?:.*\b)?(?:ko|kor|korean|韩[文语])$/ },
  { words: '文言文?|古文|classical chinese', columns: /^(?:.*\b)?(?:classical|lzh|文言文?|古文)$/ },
];
const shorthand: Record<string, string> = {
  中: 'chinese',
  英: 'english',
  法: 'french',
  德: 'german',
  日: 'japanese',
  俄: 'russian',
  韩: 'korean',
  西: 'spanish',
};

/** The language that a translation leads to: behind 译成, into, to; 英译中 leads to Chinese. */
const targetLanguage = (text: string): { words: Span; columns: RegExp } | null => {
  const short = /[中英法德日俄韩西]译([中英法德日俄韩西])/.exec(text);
  if (short) {
    const entry = languages.find(({ words }) => new RegExp(words).test(shorthand[short[1]!]!));
    return entry ? { words: { start: short.index, end: short.index + 3 }, columns: entry.columns } : null;
  }
  for (const { words, columns } of languages) {
    const match = new RegExp(
      `(?:译成|译为|译到|转成|转为|转换成|变成|改写成|翻成|到|成)\\s?(?:${words})|(?<![a-z])(?:into|to)\\s(?:[a-z]+\\s)?(?:${words})`,
    ).exec(text);
    if (match) return { words: { start: match.index, end: match.index + match[0].length }, columns };
  }
  return null;
};
