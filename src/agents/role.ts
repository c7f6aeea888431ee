import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseDocumentText } from '../artifacts/front-matter.ts';
import { AppError } from '../errors.ts';
import { type ModelRole, modelRoles } from '../pipeline/stage.ts';
import { readText } from '../world/files.ts';

export const toolNames = ['list', 'read', 'search', 'write', 'patch', 'run', 'ask', 'look_at_data'] as const;
export type ToolName = (typeof toolNames)[number];

const schema = z.strictObject({
  role: z.enum(modelRoles),
  tools: z.array(z.enum(toolNames)),
  /** Names of what the task hands over; each stands in the text as `${name}`. */
  inputs: z.array(z.string().regex(/^[a-z][a-z0-9_]*$/)),
  /** JSON Schema of the answer. */
  output: z.looseObject({ type: z.literal('object') }),
  limits: z.strictObject({
    /** Calls of the model for one task. */
    steps: z.int().min(1).max(200),
    minutes: z.number().positive(),
  }),
});

/** A role as a file: front matter for the engine; a standing part, which providers cache, and the task with its inputs. */
export type Role = z.infer<typeof schema> & { file: string; standing: string; task: string };

const taskMark = '<!-- task -->';

const placeholder = /\$\{([a-z][a-z0-9_]*)\}/g;

/** Reads a role, a team's own version first (`roles/ROLE.md` beside the brief), and checks its inputs both ways. */
export const loadRole = (
  role: ModelRole,
  options: { packageFolder: string; language: 'zh' | 'en'; ownFolders: string[] },
): Role => {
  const file =
    options.ownFolders.map((folder) => path.join(folder, 'roles', `${role}.md`)).find((one) => existsSync(one)) ??
    path.join(options.packageFolder, 'prompts', 'roles', options.language, `${role}.md`);
  const { data, body } = parseDocumentText(readText(file), schema, { file, code: 'rules.invalid' });
  const fault = (what: string) => new AppError('rules.invalid', `${file}: ${what}`, { hint: 'Correct the role file.' });
  if (data.role !== role) throw fault(`says role: ${data.role}, expected ${role}`);
  const [standing, task, ...more] = body.split(taskMark);
  if (standing === undefined || task === undefined || more.length > 0) {
    throw fault(`needs the line ${taskMark} once, between what always holds and the task`);
  }
  if (standing.search(placeholder) >= 0) throw fault(`uses an input before the line ${taskMark}`);
  const used = new Set([...task.matchAll(placeholder)].map((match) => match[1]!));
  const undeclared = [...used].filter((name) => !data.inputs.includes(name));
  if (undeclared.length > 0) throw fault(`uses \${${undeclared.join('}, ${')}} without declaring it under inputs`);
  const unused = data.inputs.filter((name) => !used.has(name));
  if (unused.length > 0) throw fault(`declares ${unused.join(', ')} under inputs and never uses it`);
  return { ...data, file, standing: standing.trim(), task: task.trim() };
};

/** The role's task with its inputs. What a task hands over must be what the role declares. */
export const fillRole = (role: Role, inputs: Record<string, string>): string => {
  const missing = role.inputs.filter((name) => inputs[name] === undefined);
  const foreign = Object.keys(inputs).filter((name) => !role.inputs.includes(name));
  if (missing.length + foreign.length > 0) {
    throw new AppError(
      'rules.invalid',
      `${role.file}: ${missing.length > 0 ? `declares ${missing.join(', ')}, which this task does not have` : `does not declare ${foreign.join(', ')}, which this task hands over`}`,
      { hint: 'Compare its inputs with those of the role that comes with Specwright.' },
    );
  }
  // In one pass: a value that holds ${…} itself is data and stays as it is.
  return role.task.replace(placeholder, (_, name: string) => inputs[name]!);
};
