import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { packageName } from '../stages/framework/build.ts';
import { isTakenInPython } from './python-names.ts';

test('every module and keyword of the Python that is here is taken', () => {
  const script = 'import sys, keyword; print(*[n for n in sys.stdlib_module_names if n[0] != "_"], *keyword.kwlist)';
  const names = execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim().split(' ');
  expect(names.length).toBeGreaterThan(200);
  expect(names.filter((name) => !isTakenInPython(name))).toEqual([]);
});

test.each([
  ['numbers', 'numbers_model'],
  ['email', 'email_model'],
  ['torch', 'torch_model'],
  ['data', 'data_model'],
  ['penguins', 'penguins'],
  ['email-spam', 'email_spam'],
])('a project %s has the package %s', (project, name) => expect(packageName({ project })).toBe(name));
