/** Prints how long the files are, per part, beside the budget of the house style (median 80, 95 % 250, most 400). */
import path from 'node:path';
import { loadConfig } from '../src/config.ts';
import { listFiles, readText } from '../src/world/files.ts';

const root = loadConfig({}).packageFolder;
const parts: [name: string, folder: string, suffix: RegExp][] = [
  ['src', 'src', /(?<!\.test)\.ts$/],
  ['tests', 'test', /\.ts$/],
  ['templates', 'templates', /\.py$/],
  ['engine Python', 'python', /\.py$/],
];
const skip = (file: string) => /(^|\/)(__pycache__|node_modules|runs|\.\w+_cache)(\/|$)/.test(file);
const at = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

console.log('part               files  lines  median   95 %   most');
for (const [name, folder, suffix] of parts) {
  const files = listFiles(path.join(root, folder), skip).filter((file) => suffix.test(file));
  const lengths = files.map((file) => readText(path.join(root, folder, file)).split('\n').length).sort((a, b) => a - b);
  const total = lengths.reduce((sum, one) => sum + one, 0);
  const row = [files.length, total, at(lengths, 0.5), at(lengths, 0.95), lengths.at(-1) ?? 0];
  console.log(name.padEnd(18) + row.map((value) => String(value).padStart(7)).join(''));
}
