import type { DataColumn, DataProfile } from '../data-profile.ts';
import { matches, type Span } from '../text/span.ts';
import { isCountedBy, namesOf } from './target.ts';

/** Verbs behind which stands what is wanted. */
const wants =
  /(?:预测|预估|估计|估算|判断|推断|推测|推算|预报|想知道)|(?<![a-z])(?:predict|forecast|estimate|determine|guess|know)(?:ing)?(?![a-z])/g;
/** Where what is wanted ends and what it is made from begins. */
const ends =
  /[.;。；\n!！?？]|(?<![a-z])(?:from|based on|using|given|with|by)(?![a-z])|根据|基于|依据|利用|通过|用来|，(?:请|而|但|其中)/;
const quotes = `["'“”‘’\`「」『』（）()]?`;
const between = `(?:the |its |their |both |also |(?:daily|weekly|monthly|hourly|yearly|total|average|mean) )*|(?:每[日天周月年]|平均|总)?的?`;
/** What joins two things that are asked for in one breath; commas only where another joint stands beside them. */
const joint = new RegExp(
  String.raw`^${quotes}\s*(?:(?:,\s*)?(?:and|as well as|or|&|\/)\s+|&|\/|、|和|与|跟|及|以及|还有|或)\s*(?:${between})${quotes}$`,
);
const comma = new RegExp(String.raw`^${quotes}\s*[,，]\s*(?:${between})${quotes}$`);
/** "Sales and stock are known" asks for neither. */
const isSaid = /^\s*(?:are|is|was|were|will be|have|has)(?![a-z])|^\s*(?:都?已知|都?是|作为|可以|之间)/;
/** Characters behind the verb that what is wanted lies in. */
const reach = 160;

/**
 * Columns of the target's kind that the brief asks for beside it, "predict sales and returns", in its order with the
 * target among them; empty where the target stands alone. A project predicts one column.
 */
export const namedTogether = (text: string, profile: DataProfile, target: DataColumn | null): DataColumn[] => {
  if (target === null || profile.kind !== 'table') return [];
  const named = profile.columns
    .filter(({ type }) => type === target.type)
    .flatMap((column) => namesOf(text, column).map((words) => ({ column, words })))
    .filter(({ words }) => !isCountedBy(text, words))
    .sort((a, b) => a.words.start - b.words.start || b.words.end - a.words.end);
  for (const verb of matches(text, wants)) {
    const chain = chainBehind(text, verb, named);
    const columns = [...new Set(chain.map(({ column }) => column))];
    if (columns.length > 1 && columns.includes(target)) return columns;
  }
  return [];
};

type Named = { column: DataColumn; words: Span };

/** The names in a row behind the verb, where a joint other than a comma is among what joins them. */
const chainBehind = (text: string, { end }: Span, named: Named[]): Named[] => {
  const stop = ends.exec(text.slice(end, end + reach));
  const last = end + (stop?.index ?? reach);
  const chain: Named[] = [];
  let isJoined = false;
  for (const one of named.filter(({ words }) => words.start >= end && words.end <= last)) {
    const before = chain.at(-1);
    if (before && one.words.start < before.words.end) continue;
    const gap = text.slice(before?.words.end ?? end, one.words.start);
    if (!before) {
      // What stands behind a comma is another clause.
      if (/[,，]/.test(gap)) return [];
    } else if (joint.test(gap)) isJoined = true;
    else if (!comma.test(gap)) break;
    chain.push(one);
  }
  const behind = chain.at(-1);
  return isJoined && behind && !isSaid.test(text.slice(behind.words.end)) ? chain : [];
};
