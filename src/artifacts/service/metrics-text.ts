/** One line of Prometheus' text format. */
export type Sample = { name: string; labels: Record<string, string>; value: number };

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export const readMetrics = (text: string): Sample[] =>
  text.split('\n').flatMap((one) => {
    const match = one.startsWith('#') ? null : line.exec(one);
    if (!match) return [];
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(label)].map(([, name, value]) => [name!, value!]));
    return [{ name: match[1]!, labels, value: match[3] === '+Inf' ? Number.POSITIVE_INFINITY : Number(match[3]) }];
  });
