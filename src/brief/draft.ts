import type { Item } from '../artifacts/requirements.ts';
import { kinds, type Subject, subjects, wordOf } from '../artifacts/vocabulary.ts';
import type { Language } from './text/language.ts';

/** An item before it is numbered. */
export type Draft = Omit<Item, 'id' | 'kind' | 'measured_by' | 'op'> & { op?: Item['op'] };

/**
 * Numbers items in the order kind, vocabulary, value, so that a brief gets the same ids in either language
 * and in whatever order its sentences stand.
 */
export const numberItems = (drafts: Draft[], language: Language): Item[] =>
  drafts
    .toSorted((a, b) => rank(a.subject) - rank(b.subject) || compare(a.value, b.value))
    .map(({ note, ...draft }, index) => ({
      op: '=',
      ...draft,
      id: `REQ-${String(index + 1).padStart(3, '0')}`,
      kind: wordOf(draft.subject).kind,
      measured_by: wordOf(draft.subject).measuredBy[language],
      ...(note ? { note } : {}),
    }));

const rank = (subject: Subject): number => kinds.indexOf(wordOf(subject).kind) * 1000 + subjects.indexOf(subject);

const compare = (a: Item['value'], b: Item['value']): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1;
