import type { TaskFamily } from '../artifacts/requirements.ts';
import { concepts, topics } from './aims/concepts.ts';
import type { DataProfile } from './data-profile.ts';
import { kebab } from './text/names.ts';

const generic =
  /^(?:data|dataset|data-set|train|training|test|table|pairs?|images?|pictures?|photos?|input|samples?|records?|export|file|sheet\d*|all|full|raw|clean(?:ed)?|mini|csv|json|tmp|new|untitled|my-data)$/;
const fallbacks: Record<TaskFamily, string> = {
  tabular_classification: 'classification',
  tabular_regression: 'regression',
  time_series_forecasting: 'forecasting',
  text_classification: 'text-classification',
  image_classification: 'image-classification',
  sequence_to_sequence: 'sequence-to-sequence',
  face_verification: 'face-verification',
};

/**
 * An English folder name. With data it comes from the file and the target, so that it does not depend on the brief's
 * language; without, from the things that the brief names.
 */
export const nameProject = (
  text: string,
  { profile, task, target }: { profile: DataProfile | null; task: TaskFamily | null; target: string | null },
): string => {
  const stem = kebab(
    (profile?.fileName ?? '')
      .replace(/\/+$/, '')
      .replace(/^.*\//, '')
      .replace(/\.[a-z0-9.]+$/i, ''),
  );
  const subject = stem === '' || generic.test(stem) ? topicOf(text) : stem;
  const aim = target === null || target === 'folder' ? '' : kebab(target);
  const useful = generic.test(aim) || /^[a-z]{1,2}$/.test(aim) ? '' : aim;
  const name = [...new Set([subject, useful].filter(Boolean).join('-').split('-'))].join('-');
  return shorten(name) || (task ? fallbacks[task] : 'ml-project');
};

const topicOf = (text: string): string => {
  const topic = topics.find(([, words]) => words.test(text))?.[0];
  return topic ?? concepts.find(({ words }) => new RegExp(words.source).test(text))?.id ?? '';
};

const shorten = (name: string): string => {
  let short = name;
  while (short.length > 40) short = short.includes('-') ? short.slice(0, short.lastIndexOf('-')) : short.slice(0, 40);
  return short;
};
