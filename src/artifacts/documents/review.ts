import { z } from 'zod';
import { type ArtifactDocument, inLanguage } from '../document.ts';
import { table } from '../markdown.ts';
import { agentNotes, notesBody } from './agent-notes.ts';

export const reviewRow = z.strictObject({
  check: z.string(),
  shown_by: z.string(),
  passed: z.boolean(),
  findings: z.array(z.string()),
});

export const reviewSchema = z.strictObject({
  mended: z.array(z.strictObject({ file: z.string(), what: z.string() })),
  rows: z.array(reviewRow).min(1),
  notes: agentNotes,
});
export type Review = z.infer<typeof reviewSchema>;
export type ReviewRow = z.infer<typeof reviewRow>;

/** `reports/REVIEW_REPORT.md`: each row with the command, or the file and line, that shows it. */
export const reviewDocument: ArtifactDocument<Review> = {
  file: 'reports/REVIEW_REPORT.md',
  schema: reviewSchema,
  body: (data, language) => {
    const say = inLanguage(language);
    return [
      `# ${say('审核报告', 'Review')}`,
      table(
        [say('检查', 'check'), say('依据', 'shown by'), say('结果', 'result'), say('发现', 'findings')],
        data.rows.map((row) => [
          row.check,
          row.shown_by,
          row.passed ? '✓' : '✗',
          row.findings.slice(0, 5).join('; ') || '–',
        ]),
      ),
      `## ${say('审核中的修订', 'Mended by the review')}`,
      data.mended.length === 0
        ? say('无。', 'Nothing.')
        : table(
            [say('文件', 'file'), say('内容', 'what')],
            data.mended.map((one) => [one.file, one.what]),
          ),
      notesBody(data.notes, language),
    ].join('\n\n');
  },
};
