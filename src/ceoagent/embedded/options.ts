import { z } from 'zod';
import { detectLanguage } from '../../brief/text/language.ts';
import type { Query } from '../analysis.ts';
import {
  type Disputed,
  type Figures,
  figuresOfFields,
  figuresOfText,
  knownFigures,
  merge,
  noFigures,
  settleDisputed,
} from './figures.ts';
import { type PriceChange, priceChange } from './price-change.ts';

export type Option = {
  title: string;
  figures: Figures;
  kind: 'given' | 'pilot' | 'nothing';
  /** Figures that the text names more than once. */
  disputed: Disputed[];
  /** It changes a price. */
  price?: PriceChange;
};

/** What there is to choose from, and the figures that hold for all of it. */
export type Choices = { language: 'zh' | 'en'; options: Option[]; shared: Figures; text: string };

const listNames = /^(options?|choices?|alternatives?|scenarios?|plans?|projects?|方案|选项|备选|备选方案|计划)$/i;
const titleNames = ['title', 'name', 'option', '名称', '方案', '标题', 'label'];
const optionMark =
  /(?:^|[\s，,。；;：:、(（])((?:方案|选项|计划)\s?[一二三四五六1-9A-Fa-f]|(?:option|plan|alternative|scenario)\s+(?:[A-F1-9]|one|two|three)\b|[A-F](?=[)）：:、.]\s?))\s?[)）：:、.]?\s*/gi;
const either = /(?:，|,)?\s*(?:还是|或者|抑或)\s*|,?\s+(?:or|versus|vs\.?)\s+/i;
const shortest = 2;
const longestTitle = 60;

/** Options by the context's list, else as the question marks them (方案A, Option 1), else by "or"; else to do it or not. */
export const readChoices = ({ query, context, history }: Query): Choices => {
  const language = detectLanguage(query) === 'zh' ? 'zh' : 'en';
  const shared = figuresOfFields(context);
  const listed = optionsOfContext(context);
  const given = listed.length >= shortest ? listed : optionsOfText(query, shared);
  const options = given.length >= shortest ? given : [single(query, listed[0])];
  if (options.length === 1) merge(options[0]!.figures, shared);
  else shareHorizon(options, shared);
  if (options.every(({ figures }) => knownFigures(figures).length === 0)) addHistory(options, history);
  return {
    language,
    options: withAlternatives(options, language),
    shared,
    text: `${query} ${JSON.stringify(context)}`,
  };
};

const optionsOfContext = (context: Record<string, unknown>): Option[] => {
  const list = Object.entries(context).find(([name]) => listNames.test(name.trim()))?.[1];
  const entries: [string, unknown][] = Array.isArray(list)
    ? list.map((value, index) => [`${index + 1}`, value])
    : Object.entries(z.record(z.string(), z.unknown()).safeParse(list).data ?? {});
  return entries.slice(0, 8).flatMap(([name, value]): Option[] => {
    if (typeof value === 'string') return [optionOf(titleOf(value), value)];
    const fields = z.record(z.string(), z.unknown()).safeParse(value).data;
    if (!fields) return [];
    const told = titleNames.map((one) => fields[one]).find((one) => typeof one === 'string' && one.trim() !== '');
    return [{ title: titleOf(String(told ?? name)), figures: figuresOfFields(fields), kind: 'given', disputed: [] }];
  });
};

const optionOf = (title: string, text: string): Option => {
  const figures = figuresOfText(text);
  return { title, figures, kind: 'given', disputed: settleDisputed(text, figures) };
};

const optionsOfText = (query: string, shared: Figures): Option[] => {
  const marks = [...query.matchAll(optionMark)];
  if (marks.length >= shortest) {
    return marks.map((mark, index) => {
      const text = query.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? query.length).trim();
      return optionOf(titleOf(`${mark[1]!.trim()}: ${text}`), text);
    });
  }
  const labelled = labelledOptions(query, shared);
  if (labelled.length >= shortest) return labelled;
  const parts = query
    .split(either)
    .map((part) => part.trim())
    .filter((part) => part.length >= shortest);
  // "this year or next" is no choice: each side needs its own verb or figures.
  const real =
    parts.length === 2 &&
    !/^(?:no|not|don't|否|不)\b/i.test(parts[1]!) &&
    parts.every((part) => part.length >= 6 || knownFigures(figuresOfText(part)).length > 0);
  return real ? parts.map((part) => optionOf(titleOf(part), part)) : [];
};

/** "Renting: 50,000 a year. Buying: 600,000 at once. Over 10 years": what stands before no colon holds for all. */
const labelledOptions = (query: string, shared: Figures): Option[] => {
  const sentences = query.split(/[。；;\n？！]|[.?!](?=\s|$)/).map((one) => one.trim());
  const told = sentences.map((sentence) => {
    const [, label, text] = /^([^:：\d]{1,30})[:：]\s*(.+)$/.exec(sentence) ?? [];
    return label !== undefined && text !== undefined && knownFigures(figuresOfText(text)).length > 0
      ? optionOf(titleOf(label), text)
      : figuresOfText(sentence);
  });
  const options = told.filter((one): one is Option => 'title' in one);
  if (options.length < shortest) return [];
  for (const one of told) if (!('title' in one)) merge(shared, one);
  return options;
};

/** Options are compared over the same years unless each has its own; a saving that is another option's cost counts once. */
const shareHorizon = (options: Option[], shared: Figures): void => {
  const only = (name: 'years' | 'rate') => {
    const told = new Set(options.map(({ figures }) => figures[name]).filter((one) => one !== null));
    return told.size === 1 ? [...told][0]! : null;
  };
  shared.years ??= only('years');
  shared.rate ??= only('rate');
  for (const { figures } of options) {
    const saved = options.some((one) => one.figures !== figures && one.figures.running === figures.annual);
    if (figures.annual !== null && saved) figures.annual = null;
  }
};

const single = (query: string, listed: Option | undefined): Option => {
  const option: Option = listed ?? { title: titleOf(query), figures: noFigures(), kind: 'given', disputed: [] };
  const price = priceChange(query);
  merge(option.figures, price?.figures ?? figuresOfText(query));
  return price ? { ...option, price } : { ...option, disputed: settleDisputed(query, option.figures) };
};

/** What was said earlier in the session, the latest first. */
const addHistory = (options: Option[], history: Query['history']): void => {
  for (const { role, content } of history.toReversed()) {
    if (role === 'user' && options.length === 1) merge(options[0]!.figures, figuresOfText(content));
  }
};

const lead =
  /^(?:是否(?:应该|应当|要|需要|值得)?|我们?(?:是否)?(?:应该|应当|要不要|该不该)|要不要|should (?:we|i)|do we|shall we|is it worth(?: it)?(?: to)?)\s*/i;

/** It asks what to do, and names nothing that could be done. */
const openQuestion = /^(?:what|how|which way)\b|^(?:怎么办|如何是好|该怎么做|我们该怎么办|怎么做)/i;

const titleOf = (text: string): string => {
  const asked = /[^.。！!？?；;]*\b(?:should|shall) (?:we|i)\b[^.?]*/i.exec(text)?.[0] ?? text;
  const first = asked.split(/[?？。！!\n；;]|，(?=[^，,]*\d)|,(?!\d)(?=[^，,]*\d)|\.\s/)[0]!.trim();
  if (openQuestion.test(first)) return /\p{Script=Han}/u.test(text) ? '立即行动' : 'Act now';
  const bare =
    first
      .replace(lead, '')
      .replace(/[，,：:]+$/, '')
      .trim() ||
    first ||
    text.trim();
  if (bare.length <= longestTitle) return bare;
  // Between words where there are any.
  return `${bare
    .slice(0, longestTitle - 1)
    .replace(/(?<=\w) \S*$/, '')
    .trimEnd()}…`;
};

/** Options are weighed against leaving them; one alone against a smaller trial as well. */
const withAlternatives = (options: Option[], language: 'zh' | 'en'): Option[] => {
  const unique = options.map((option, index) => ({
    ...option,
    title:
      options.findIndex(({ title }) => title === option.title) === index
        ? option.title
        : `${option.title} (${index + 1})`,
  }));
  const nothing: Option = {
    title:
      language === 'zh'
        ? unique.length > 1
          ? '都不实施'
          : '暂不实施'
        : unique.length > 1
          ? 'Do neither now'
          : 'Do not do it now',
    figures: { ...noFigures(), investment: 0, annual: 0 },
    kind: 'nothing',
    disputed: [],
  };
  if (unique.length > 1) return [...unique, nothing];
  const { title, figures, price } = unique[0]!;
  const part = (value: number | null) => (value === null ? null : value * pilotShare);
  return [
    ...unique,
    {
      title: smallerStep(title, figures, language),
      figures: {
        ...figures,
        investment: part(figures.investment),
        annual: part(figures.annual),
        running: part(figures.running),
      },
      kind: 'pilot',
      disputed: [],
      ...(price ? { price } : {}),
    },
    nothing,
  ];
};

/** Where no figure is known the smaller step is to find them. */
const smallerStep = (title: string, figures: Figures, language: 'zh' | 'en'): string => {
  if (knownFigures(figures).length === 0)
    return language === 'zh' ? `先查清数字再定：${title}` : `Find out the figures first: ${title}`;
  return language === 'zh' ? `先做小规模试点：${title}` : `Pilot first: ${title}`;
};

/** An assumption, which the answer names: a pilot takes a tenth of the money and earns a tenth. */
export const pilotShare = 0.1;
