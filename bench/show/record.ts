import { spawn } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/specwright.js', import.meta.url));

/** Where this checkout lies is nobody's business. */
const root = path.dirname(path.dirname(launcher));

/** A Markdown record of what was done, in the order in which it was done. */
export const startRecord = (folder: string) => {
  const lines: string[] = [];
  const write = (text: string) => {
    lines.push(text, '');
    process.stderr.write(`${text}\n`);
  };
  return {
    write,
    text: () => `${lines.join('\n').trimEnd()}\n`.replaceAll(root, '/specwright'),
    code: (text: string, language = 'text') => write(`\`\`\`${language}\n${text.trimEnd()}\n\`\`\``),
    table: (head: string[], rows: (string | number)[][]) =>
      write([head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')),
    /** The command as a person types it in the service's folder, and what it printed. */
    async run(...args: string[]): Promise<{ code: number | null; stdout: string }> {
      const ended = await specwright(folder, args);
      const shown = `$ specwright ${args.join(' ')}\n${ended.all.replaceAll(`${folder}/`, '').trimEnd()}\nexit code ${ended.code}`;
      write(`\`\`\`text\n${shown}\n\`\`\``);
      return ended;
    },
    specwright: (...args: string[]) => specwright(folder, args),
  };
};
export type ShowRecord = ReturnType<typeof startRecord>;

const specwright = (cwd: string, args: string[]): Promise<{ code: number | null; stdout: string; all: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [launcher, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, all] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      all += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, all }));
  });

/** What a command says in one line; `not installed` where there is no such program. */
export const said = (program: string, ...args: string[]): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (text += String(part)));
    child.once('error', () => resolve('not installed'));
    child.once('close', () => resolve(text.trim().split('\n')[0] ?? ''));
  });

export const describeMachine = async (): Promise<string> => {
  const rows = [
    `commit ${await said('git', '-C', root, 'log', '-1', '--format=%h of %cI')}`,
    `${cpus().length} processors (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1e9)} GB`,
    `load average at the start ${loadavg()
      .map((one) => one.toFixed(2))
      .join(', ')}`,
    `Node ${process.versions.node}; Docker engine ${await said('docker', 'version', '--format', '{{.Server.Version}}')}`,
    await said('haproxy', '-v'),
    await said('prometheus', '--version'),
    await said('prometheus-alertmanager', '--version'),
  ];
  return rows.map((row) => `- ${row}`).join('\n');
};
