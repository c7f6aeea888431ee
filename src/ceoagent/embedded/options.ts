import { z } from 'zod';
import { detectLanguage } from '../../brief/text/language.ts';
import type { Query } from '../analysis.ts';
import { type Figures, figuresOfFields, figuresOfText, knownFigures, merge, noFigures } from './figures.ts';

export type Option = { title: string; figures: Figures; kind: 'given' | 'pilot' | 'nothing' };

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
  const given = listed.length >= shortest ? listed : optionsOfText(query);
  const options = given.length >= shortest ? given : [single(query, listed[0])];
  if (options.length === 1) merge(options[0]!.figures, shared);
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
    if (typeof value === 'string') return [{ title: titleOf(value), figures: figuresOfText(value), kind: 'given' }];
    const fields = z.record(z.string(), z.unknown()).safeParse(value).data;
    if (!fields) return [];
    const told = titleNames.map((one) => fields[one]).find((one) => typeof one === 'string' && one.trim() !== '');
    return [{ title: titleOf(String(told ?? name)), figures: figuresOfFields(fields), kind: 'given' }];
  });
};

const optionsOfText = (query: string): Option[] => {
  const marks = [...query.matchAll(optionMark)];
  if (marks.length >= shortest) {
    return marks.map((mark, index) => {
      const text = query.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? query.length).trim();
      return { title: titleOf(`${mark[1]!.trim()}: ${text}`), figures: figuresOfText(text), kind: 'given' };
    });
  }
  const parts = query
    .split(either)
    .map((part) => part.trim())
    .filter((part) => part.length >= shortest);
  // "this year or next" is no choice: each side needs its own verb or figures.
  const real =
    parts.length === 2 && parts.every((part) => part.length >= 6 || knownFigures(figuresOfText(part)).length > 0);
  return real ? parts.map((part) => ({ title: titleOf(part), figures: figuresOfText(part), kind: 'given' })) : [];
};

const single = (query: string, listed: Option | undefined): Option => {
  const option: Option = listed ?? { title: titleOf(query), figures: noFigures(), kind: 'given' };
  merge(option.figures, figuresOfText(query));
  return option;
};

/** What was said earlier in the session, the latest first. */
const addHistory = (options: Option[], history: Query['history']): void => {
  for (const { role, content } of history.toReversed()) {
    if (role === 'user' && options.length === 1) merge(options[0]!.figures, figuresOfText(content));
  }
};

const lead =
  /^(?:是否(?:应该|应当|要|需要|值得)?|我们?(?:是否)?(?:应该|应当|要不要|该不该)|要不要|should (?:we|i)|do we|shall we|is it worth(?: it)?(?: to)?)\s*/i;

const titleOf = (text: string): string => {
  const first = text.split(/[?？。！!\n；;]|[，,](?=[^，,]*\d)|\.\s/)[0]!.trim();
  const bare =
    first
      .replace(lead, '')
      .replace(/[，,：:]+$/, '')
      .trim() ||
    first ||
    text.trim();
  return bare.length <= longestTitle ? bare : `${bare.slice(0, longestTitle - 1).trimEnd()}…`;
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
  };
  if (unique.length > 1) return [...unique, nothing];
  const { title, figures } = unique[0]!;
  const part = (value: number | null) => (value === null ? null : value * pilotShare);
  return [
    ...unique,
    {
      title: language === 'zh' ? `先做小规模试点：${title}` : `Pilot first: ${title}`,
      figures: {
        ...figures,
        investment: part(figures.investment),
        annual: part(figures.annual),
        running: part(figures.running),
      },
      kind: 'pilot',
    },
    nothing,
  ];
};

/** An assumption, which the answer names: a pilot takes a tenth of the money and earns a tenth. */
export const pilotShare = 0.1;
