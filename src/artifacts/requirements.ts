import { z } from 'zod';
import { kinds, subjects } from './vocabulary.ts';

export const taskFamilies = [
  'tabular_classification',
  'tabular_regression',
  'time_series_forecasting',
  'text_classification',
  'image_classification',
  'sequence_to_sequence',
  'face_verification',
] as const;

export const operators = ['>=', '>', '<=', '<', '=', 'in'] as const;

const score = z.number().min(0).max(1);

const item = z
  .strictObject({
    id: z.string().regex(/^REQ-\d{3,}$/),
    kind: z.enum(kinds),
    subject: z.enum(subjects),
    op: z.enum(operators),
    value: z.union([z.number(), z.string(), z.array(z.string())]),
    unit: z.string().nullable(),
    source: z.enum(['stated', 'inferred', 'default']),
    /** The brief's very words, an exact substring of it. */
    quote: z.string().min(1).nullable(),
    confidence: score,
    measured_by: z.string().min(1),
    note: z.string().optional(),
  })
  .refine(({ source, quote }) => source !== 'stated' || quote !== null, {
    error: 'a stated item quotes the brief',
    path: ['quote'],
  });

const question = z.strictObject({
  id: z.string().regex(/^Q-[a-z0-9-]+$/),
  about: z.array(z.string()),
  text: z.string().min(1),
  why: z.string().min(1),
  recommended: z.string(),
  options: z.array(z.strictObject({ value: z.string(), label: z.string(), changes: z.string().min(1) })),
  score,
  answer: z.strictObject({ value: z.string(), by: z.enum(['person', 'recommended']) }).nullable(),
  follow_up: z.string().min(1),
});

/** The artifact of stage 1.1, front matter of `spec/requirements.md`. */
export const requirementsSchema = z
  .strictObject({
    project: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
    title: z.string().min(1),
    language: z.enum(['zh', 'en']),
    brief: z.string(),
    task: z.enum(taskFamilies).nullable(),
    target: z.string().nullable(),
    metric: z.string().nullable(),
    positive_class: z.string().nullable(),
    items: z.array(item),
    questions: z.array(question),
  })
  .superRefine(({ brief, items }, context) => {
    for (const [index, { source, quote }] of items.entries()) {
      if (source === 'stated' && quote !== null && !brief.includes(quote)) {
        context.addIssue({ code: 'custom', path: ['items', index, 'quote'], message: 'the quote is not in the brief' });
      }
    }
  });

export type Requirements = z.infer<typeof requirementsSchema>;
export type Item = Requirements['items'][number];
export type Question = Requirements['questions'][number];
export type TaskFamily = (typeof taskFamilies)[number];
export type Operator = (typeof operators)[number];
