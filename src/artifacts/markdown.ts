/** A table cell must not break its row, whatever a column of the user's data is called. */
export const cell = (value: unknown): string =>
  String(value ?? '–')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(/<(?=[A-Za-z/!?])/g, '&lt;');

export const table = (headers: string[], rows: unknown[][]): string =>
  [
    `| ${headers.map(cell).join(' | ')} |`,
    `|${headers.map(() => ' --- ').join('|')}|`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n');

export const bullets = (lines: string[]): string => lines.map((line) => `- ${line}`).join('\n');

/** A fence longer than any run of backticks inside, so that output of tools cannot end it. */
export const fenced = (text: string, language = ''): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
};

/** A figure with at most four significant digits after rounding, never `-0`, `–` for null. */
export const figure = (value: number | null | undefined, unit: string | null = null): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const rounded = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
  return `${rounded === 0 ? 0 : rounded}${unit ? ` ${unit}` : ''}`;
};
