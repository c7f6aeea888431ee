import type { StageStatus } from '../../pipeline/run-options.ts';
import { type Console, oneLine, type Tone } from './console.ts';
import { pad, truncate } from './width.ts';

type Say = (zh: string, en: string) => string;
type StageRow = { id: string; title: string };

/** Shows a run while it goes on. */
export type Progress = {
  onChange(stage: string, status: StageStatus): void;
  onProgress(stage: string, text: string): void;
  /** Leaves the terminal to a question. */
  pause(): void;
  resume(): void;
  end(): void;
};

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const frameMs = 100;

/** A list that is drawn again in place where a terminal has room for it, a line for each event elsewhere. */
export const createProgress = (console: Console, rows: StageRow[], say: Say): Progress =>
  console.stream.isTTY && console.stream.rows > rows.length
    ? liveList(console, rows, say)
    : plainLines(console, rows, say);

const plainLines = (console: Console, rows: StageRow[], say: Say): Progress => {
  const titles = new Map(rows.map(({ id, title }) => [id, title]));
  return {
    onChange: (stage, status) => {
      if (status.status === 'pending' || status.status === 'running') return;
      const { mark, text } = describeStatus(status, say);
      console.print(`${mark} ${stage} ${titles.get(stage) ?? ''}  ${text}`);
    },
    onProgress: (stage, text) => console.print(`  ${stage} ${oneLine(text)}`),
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
  };
};

const liveList = (console: Console, rows: StageRow[], say: Say): Progress => {
  const status = new Map<string, StageStatus>();
  const texts = new Map<string, string>();
  const started = new Map<string, number>();
  const titleWidth = Math.max(...rows.map(({ title }) => [...title].length * (/[^\u0000-\u00ff]/.test(title) ? 2 : 1)));
  let drawn = 0;
  let frame = 0;
  let ended = false;
  const lineOf = ({ id, title }: StageRow): string => {
    const now = status.get(id) ?? { status: 'pending' };
    const running = now.status === 'running';
    const { mark, text, tone } = running
      ? {
          mark: frames[frame % frames.length]!,
          text: `${secondsOf((Date.now() - started.get(id)!) / 1000)}  ${texts.get(id) ?? ''}`,
          tone: 'plain' as Tone,
        }
      : describeStatus(now, say);
    const line = truncate(
      `${mark} ${id}  ${pad(title, titleWidth)}  ${text}`,
      Math.max(20, (console.stream.columns ?? 80) - 1),
    );
    return tone === 'plain' ? line : console.tone(tone, line);
  };
  const erase = () => {
    if (drawn > 0) console.stream.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    frame += 1;
    const lines = rows.map((row) => lineOf(row));
    erase();
    console.stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  let timer: NodeJS.Timeout | null = null;
  const stop = () => {
    if (timer) clearInterval(timer);
    timer = null;
  };
  const go = () => {
    stop();
    draw();
    timer = setInterval(draw, frameMs);
    timer.unref();
  };
  return {
    onChange: (stage, now) => {
      if (status.size === 0) go();
      if (now.status === 'running') started.set(stage, Date.now());
      status.set(stage, now);
    },
    onProgress: (stage, text) => {
      texts.set(stage, oneLine(text));
    },
    pause: () => {
      stop();
      erase();
    },
    resume: () => go(),
    end: () => {
      if (status.size > 0 && !ended) draw();
      ended = true;
      stop();
    },
  };
};

const secondsOf = (seconds: number): string => `${seconds.toFixed(1)} s`.padStart(8);

const describeStatus = (status: StageStatus, say: Say): { mark: string; text: string; tone: Tone } => {
  switch (status.status) {
    case 'pending':
    case 'running':
      return { mark: '·', text: '', tone: 'dim' };
    case 'passed':
      return {
        mark: '✓',
        text: status.fresh ? secondsOf(status.seconds) : say('  无变化', 'up to date').padStart(8),
        tone: status.fresh ? 'good' : 'dim',
      };
    case 'refused':
      return {
        mark: '✗',
        text: `${secondsOf(status.seconds)}  ${say('被门禁拒绝', 'refused')}: ${status.reasons.map((one) => one.about).join(', ')}`,
        tone: 'bad',
      };
    case 'waiting':
      return {
        mark: '?',
        text: `${secondsOf(status.seconds)}  ${say('等待回答', 'waiting for')} ${status.questions.map(({ id }) => id).join(', ')}`,
        tone: 'warn',
      };
    case 'failed':
      return { mark: '✗', text: `${secondsOf(status.seconds)}  ${say('失败', 'failed')}`, tone: 'bad' };
  }
};
