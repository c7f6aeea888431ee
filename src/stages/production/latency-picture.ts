import type { DeployReport } from '../../artifacts/documents/deploy-report.ts';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Bars of the measured latencies with the asked limits as lines; an SVG without fonts or scripts from elsewhere. */
export const latencyPicture = (
  { load, slas }: Pick<DeployReport, 'load' | 'slas'>,
  say: (zh: string, en: string) => string,
): string => {
  const bars = Object.entries(load.latency_ms);
  const limits = slas
    .filter(({ subject }) => subject.startsWith('latency'))
    .map(({ id, asked, subject }) => ({ id, asked, subject }));
  const scale = Math.max(...bars.map(([, value]) => value), ...limits.map(({ asked }) => asked), 0.001) * 1.1;
  const x = (value: number) => 90 + (value / scale) * 520;
  const height = 60 + bars.length * 34;
  const rows = bars.map(([name, value], index) => {
    const y = 44 + index * 34;
    return `<text x="80" y="${y + 16}" text-anchor="end">${name}</text><rect x="90" y="${y}" width="${(x(value) - 90).toFixed(1)}" height="22" fill="#3b6ea5"/><text x="${(x(value) + 6).toFixed(1)}" y="${y + 16}">${value.toFixed(2)} ms</text>`;
  });
  const lines = limits.map(
    ({ id, asked }) =>
      `<line x1="${x(asked).toFixed(1)}" x2="${x(asked).toFixed(1)}" y1="36" y2="${height - 10}" stroke="#b3402a" stroke-dasharray="4 3"/><text x="${(x(asked) - 4).toFixed(1)}" y="32" text-anchor="end" fill="#b3402a">${id} ${asked} ms</text>`,
  );
  const title = escaped(say(`每秒 ${load.rate} 个请求时的延迟`, `Latency at ${load.rate} requests/s`));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${height}" font-family="sans-serif" font-size="13" role="img" aria-label="${title}"><rect width="720" height="${height}" fill="#ffffff"/><text x="90" y="18" font-weight="bold">${title}</text>${rows.join('')}${lines.join('')}</svg>\n`;
};
