import { AppError } from '../../errors.ts';
import { readText } from '../../world/files.ts';
import type { StageContext } from '../context.ts';

const begin = '<!-- measured:begin -->';
const end = '<!-- measured:end -->';

/** README.md with new content between its two marks; all else stays as it is. */
export const replaceMeasured = (context: StageContext, content: string): string => {
  const text = readText(context.at('README.md'));
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) {
    throw new AppError('artifact.invalid', `README.md lacks the lines ${begin} and ${end}`, {
      hint: 'Put both lines back where the measured figures should stand, then run specwright resume.',
    });
  }
  return `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`;
};
