/**
 * A terminal's screen as SVG: `node bench/picture.ts SCREEN.ansi PICTURE.svg`.
 * The screen comes from a real run, for example `tmux capture-pane -e -p -t run > SCREEN.ansi`.
 */
import { writeFileSync } from 'node:fs';
import { readText } from '../src/world/files.ts';

const [, , source, target] = process.argv;
if (!source || !target) throw new Error('usage: node bench/picture.ts SCREEN.ansi PICTURE.svg');

const colours: Record<number, string> = {
  31: '#e06c75',
  32: '#98c379',
  33: '#e5c07b',
  34: '#61afef',
  35: '#c678dd',
  36: '#56b6c2',
  90: '#7f848e',
};
const cellWidth = 8.4;
const lineHeight = 19;
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const lines = readText(source).trimEnd().split('\n');
// A style holds until it is changed, over the ends of lines.
let style = { fill: '#d7dae0', bold: false, dim: false };
const drawn = lines.flatMap((line, row) => {
  let column = 0;
  return line.split(/(\u001b\[[0-9;]*m)/).flatMap((part) => {
    const codes = /^\u001b\[([0-9;]*)m$/.exec(part);
    if (codes) {
      for (const code of (codes[1] || '0').split(';').map(Number)) {
        if (code === 0) style = { fill: '#d7dae0', bold: false, dim: false };
        else if (code === 1) style = { ...style, bold: true };
        else if (code === 2) style = { ...style, dim: true };
        else if (code === 39) style = { ...style, fill: '#d7dae0' };
        else if (colours[code]) style = { ...style, fill: colours[code] };
      }
      return [];
    }
    // Each stretch of one width is placed by itself, so that fonts with other widths keep the columns.
    return part
      .split(/(\s+)/)
      .filter(Boolean)
      .flatMap((word) => {
        const at = column;
        column += [...word].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
        if (word.trim() === '') return [];
        const attributes = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.65"' : ''}`;
        return [
          `<text x="${(16 + at * cellWidth).toFixed(1)}" y="${28 + row * lineHeight}" fill="${style.fill}"${attributes} textLength="${((column - at) * cellWidth).toFixed(1)}" lengthAdjust="spacingAndGlyphs">${escaped(word)}</text>`,
        ];
      });
  });
});
const width = 16 * 2 + 92 * cellWidth;
const height = 28 + lines.length * lineHeight;
writeFileSync(
  target,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" font-family="Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace" font-size="14"><rect width="100%" height="100%" rx="8" fill="#21252b"/>${drawn.join('')}</svg>\n`,
);
