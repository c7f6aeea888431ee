import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { figure, table } from '../markdown.ts';
import { agentNotes, notesBody } from './agent-notes.ts';

export const plotsFolder = 'reports/plots';

const spread = z.strictObject({ mean: z.number(), min: z.number(), max: z.number() });

export const miniDatasetSchema = z.strictObject({
  rows: z.number(),
  full_rows: z.number(),
  from_holdout: z.number(),
  classes: z.array(z.strictObject({ label: z.string(), full: z.number(), mini: z.number() })),
  target: z.strictObject({ full: spread, mini: spread }).nullable(),
  /** Of `data/full`. */
  columns: z.array(z.strictObject({ name: z.string(), role: z.string(), missing: z.number(), holds: z.string() })),
  notebook: z.strictObject({
    exit_code: z.number(),
    cells: z.number(),
    executed: z.number(),
    /** PNG files below `reports/plots`, with the notebook's heading above each. */
    figures: z.array(z.strictObject({ file: z.string(), heading: z.string() })),
    error: z.string(),
  }),
  notes: agentNotes,
});
export type MiniDataset = z.infer<typeof miniDatasetSchema>;

export const miniDatasetDocument: ArtifactDocument<MiniDataset> = {
  file: 'reports/mini_dataset.md',
  schema: miniDatasetSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('数据', 'Data')}`,
      say(
        `\`data/mini/data.csv\`：从 \`data/full\` 的 ${data.full_rows} 行中分层抽取 ${data.rows} 行，其中来自留出集的有 ${data.from_holdout} 行。用于一个 epoch 的验证和笔记本。`,
        `\`data/mini/data.csv\`: ${data.rows} of the ${data.full_rows} rows of \`data/full\`, stratified; ${data.from_holdout} of them from the hold-out. For the one-epoch check and the notebook.`,
      ),
      data.target
        ? table(
            [say('目标', 'target'), say('平均', 'mean'), say('最小', 'min'), say('最大', 'max')],
            (['full', 'mini'] as const).map((part) => [
              part,
              figure(data.target?.[part].mean),
              figure(data.target?.[part].min),
              figure(data.target?.[part].max),
            ]),
          )
        : table(
            [say('类别', 'class'), 'full', 'mini'],
            data.classes.map((one) => [one.label, one.full, one.mini]),
          ),
      say(
        `笔记本 \`scripts/explore_data.ipynb\`：${data.notebook.cells} 个单元格全部执行，${data.notebook.figures.length} 张图。`,
        `Notebook \`scripts/explore_data.ipynb\`: ${data.notebook.executed} of ${data.notebook.cells} code cells executed, ${data.notebook.figures.length} plots.`,
      ),
      `## ${say('各列', 'Columns')} (data/full)`,
      table(
        [say('列', 'column'), say('角色', 'role'), say('缺失', 'missing'), say('取值', 'holds')],
        data.columns.map(({ name, role, missing, holds }) => [name, role, missing, holds]),
      ),
      `## ${say('图', 'Plots')}`,
      ...data.notebook.figures.map(({ file, heading }) => `### ${heading}\n\n![${heading}](plots/${file})`),
      notesBody(data.notes, language),
    ].join('\n\n');
  },
};
