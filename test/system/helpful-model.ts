import type { Asked, Said } from './model-servers.ts';

export const roleOf = ({ seen }: Asked): string =>
  (
    [
      ['requirements', 'You find requirements'],
      ['planner', 'You find what is unclear'],
      ['research', 'You know the literature'],
      ['reviewer', 'You review a machine'],
      ['dataset', 'You know how data go wrong'],
      ['tester', 'You write tests'],
      ['coder', 'You are the coder'],
      ['ops', 'You operate'],
    ] as const
  ).find(([, words]) => seen.includes(words))![0];

export const finish = (input: unknown): Said => ({ calls: [{ name: 'finish', input }] });
const test_code =
  'def test_seeds_are_numbers() -> None:\n    from pathlib import Path\n\n    assert "seed" in Path("configs/config.yaml").read_text()\n';

/** Answers that help, and beside each something that must not count. */
export const helpful: Record<string, Said> = {
  requirements: finish({
    items: [
      {
        subject: 'network',
        op: '=',
        value: 'offline',
        quote: 'machines without any route to the outside',
        confidence: 0.9,
      },
      { subject: 'accuracy', op: '>=', value: 0.01, quote: 'penguin', confidence: 0.99 },
      { subject: 'memory', op: '<=', value: 1, quote: 'at most a megabyte', confidence: 0.99 },
      { subject: 'happiness', op: '>=', value: 1, quote: 'penguin', confidence: 0.99 },
    ],
  }),
  planner: finish({
    questions: [
      {
        about: ['REQ-001', 'REQ-999'],
        text: 'Who sees a wrong answer?',
        why: 'It decides how careful the service must be.',
        recommended: 'visitors',
        options: [
          { value: 'visitors', label: 'visitors', changes: 'nothing' },
          { value: 'staff', label: 'staff', changes: 'nothing' },
        ],
      },
    ],
  }),
  coder: finish({ summary: 'Nothing is needed.', changed: [] }),
  research: finish({
    notes: [
      { candidate: 'mlp', note: 'Few rows.' },
      { candidate: 'gpt', note: 'Take me.' },
    ],
  }),
  reviewer: finish({
    findings: [
      { file: 'scripts/train.py', line: 1, severity: 'low', what: 'Fine.' },
      { file: 'scripts/none.py', line: 1, severity: 'high', what: 'Made up.' },
      { file: 'scripts/train.py', line: 99999, severity: 'high', what: 'Made up.' },
    ],
  }),
  dataset: finish({
    findings: [
      { column: 'island', what: 'Tells the species almost.' },
      { column: 'moon', what: 'Made up.' },
    ],
  }),
  tester: finish({
    tests: [
      { name: 'test_seeds_are_numbers', code: test_code, why: 'seed' },
      { name: 'test_it_fails', code: 'def test_it_fails() -> None:\n    assert 1 == 2\n', why: 'wrong' },
      { name: 'test_nothing', code: 'def test_nothing() -> None:\n    print("fine")\n', why: 'empty' },
    ],
  }),
};
