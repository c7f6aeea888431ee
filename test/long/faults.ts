/** A change that breaks a generated project; `silent` faults let training end as if nothing were wrong. */
export type Injection = {
  name: string;
  file: string;
  from: RegExp;
  to: string;
  silent?: boolean;
  /** Breaks nothing where no classes are told apart. */
  classes?: boolean;
};

/** The package's own name stands for PACKAGE. Written from what goes wrong in such code, not from the repair table. */
export const shared: Injection[] = [
  {
    name: 'no backward pass',
    file: 'PACKAGE/training/learner.py',
    from: /^ {12}loss\.backward\(\).*\n/m,
    to: '',
    silent: true,
  },
  {
    name: 'no optimiser step',
    file: 'PACKAGE/training/learner.py',
    from: /^ {8}self\.optimiser\.step\(\)\n/m,
    to: '',
    silent: true,
  },
  {
    name: 'gradients are never cleared',
    file: 'PACKAGE/training/learner.py',
    from: /^ {8}self\.optimiser\.zero_grad\(.*\n/m,
    to: '',
    silent: true,
  },
  {
    name: 'the learning rate is zero',
    file: 'PACKAGE/training/learner.py',
    from: /settings\["lr"\] = rate/,
    to: 'settings["lr"] = 0.0',
    silent: true,
  },
  {
    name: 'dropout stays on in prediction',
    file: 'PACKAGE/models/predictor.py',
    from: /self\.predictor\.eval\(\)/,
    to: 'self.predictor.train()',
    silent: true,
  },
  {
    name: 'softmax over the wrong axis',
    file: 'PACKAGE/models/predictor.py',
    from: /softmax\(raw, dim=2\)/,
    to: 'softmax(raw, dim=0)',
    silent: true,
  },
  {
    name: 'the loss is negated',
    file: 'PACKAGE/models/predictor.py',
    from: /return nn\.functional\.cross_entropy\(/,
    to: 'return -nn.functional.cross_entropy(',
    silent: true,
  },
  {
    name: 'targets are shifted by one',
    file: 'PACKAGE/models/predictor.py',
    from: /y\.repeat_interleave\(members\)\)/,
    to: '(y + 1).repeat_interleave(members))',
  },
  {
    name: 'accuracy counts the wrong ones',
    file: 'PACKAGE/metrics.py',
    from: /\(predicted == truth\)\.mean\(\)/,
    to: '(predicted != truth).mean()',
    silent: true,
    classes: true,
  },
  {
    name: 'classes are taken along rows',
    file: 'PACKAGE/decision.py',
    from: /p\.argmax\(axis=1\)/,
    to: 'p.argmax(axis=0)',
    classes: true,
  },
  {
    name: 'a module that does not exist',
    file: 'PACKAGE/training/fit.py',
    from: /from (\w+)\.training\.plan import/,
    to: 'from $1.training.plans import',
  },
  {
    name: 'a name that nobody defined',
    file: 'PACKAGE/training/run.py',
    from: /fitted = fit\(job, train, valid\)/,
    to: 'fitted = fit(job, train, validation)',
  },
  {
    name: 'a missing colon',
    file: 'PACKAGE/training/plan.py',
    from: /def make_plan\((.*)\) -> Plan:/,
    to: 'def make_plan($1) -> Plan',
  },
  {
    name: 'a wrong number of arguments',
    file: 'PACKAGE/training/learner.py',
    from: /learning_rate\(progress\.step, plan\.total_steps, plan\.peak\)/,
    to: 'learning_rate(progress.step, plan.total_steps)',
  },
  {
    name: 'an attribute of another class',
    file: 'PACKAGE/training/fit.py',
    from: /progress\.history,/,
    to: 'progress.log,',
  },
  {
    name: 'the file is read as ASCII',
    file: 'PACKAGE/table.py',
    from: /encoding="utf-8-sig"/,
    to: 'encoding="utf-16"',
  },
  {
    name: 'the best weights are not taken back',
    file: 'PACKAGE/training/loop.py',
    from: /^ {4}predictor\.load_state_dict\(progress\.best_state\)\n/m,
    to: '    predictor.load_state_dict({})\n',
  },
  {
    name: 'no batches',
    file: 'PACKAGE/training/plan.py',
    from: /batches = math\.ceil\(rows \/ batch_size\)/,
    to: 'batches = 0',
  },
  {
    name: 'the wrong device',
    file: 'PACKAGE/training/learner.py',
    from: /order = torch\.randperm\(rows\)\.to\(plan\.world\.device\)/,
    to: 'order = torch.randperm(rows).to("cuda")',
  },
  {
    name: 'parameters are frozen',
    file: 'PACKAGE/training/optimiser.py',
    from: /^ {4}weights = \[w for/m,
    to: '    for frozen in predictor.parameters():\n        frozen.requires_grad_(False)\n    weights = [w for',
  },
  {
    name: 'something that JSON cannot hold',
    file: 'PACKAGE/training/run.py',
    from: /"train_seconds": round\(fitted\.seconds, 3\),/,
    to: '"train_seconds": {fitted.seconds},',
  },
  {
    name: 'a path below a folder that is not there',
    file: 'PACKAGE/runs.py',
    from: /path\.parent\.mkdir\(parents=True, exist_ok=True\)/,
    to: 'path = path.parent / "results" / path.name',
  },
  {
    name: 'validation rows train as well',
    file: 'PACKAGE/splits.py',
    from: /return np\.flatnonzero\(~held\), np\.flatnonzero\(held\)/,
    to: 'return np.arange(rows), np.flatnonzero(held)',
    silent: true,
  },
  { name: 'a number where text is', file: 'configs/trainer/trainer.yaml', from: /epochs: \d+/, to: 'epochs: many' },
  { name: 'a negative batch', file: 'configs/trainer/trainer.yaml', from: /batch_size: \d+/, to: 'batch_size: -5' },
  {
    name: 'no learning in one epoch',
    file: 'configs/trainer/trainer.yaml',
    from: /one_epoch_learning_rate: \S+/,
    to: 'one_epoch_learning_rate: -1.0',
  },
];

export const byFamily: Record<string, Injection[]> = {
  tabular: [
    {
      name: 'the width of a layer does not fit',
      file: 'PACKAGE/models/networks.py',
      from: /self\.body = nn\.Sequential\(\*layers, nn\.Linear\(sizes\[-1\], outputs\)\)/,
      to: 'self.body = nn.Sequential(*layers, nn.Linear(sizes[-1] + 1, outputs))',
    },
    { name: 'embeddings are looked up by float', file: 'PACKAGE/models/networks.py', from: /\.long\(\)\)\)/, to: '))' },
    {
      name: 'numbers are scaled by nothing',
      file: 'PACKAGE/encoders.py',
      from: /import numpy as np/,
      to: 'import nunpy as np',
    },
    { name: 'columns are read in another order', file: 'PACKAGE/features.py', from: /\.T\.copy\(\)/, to: '.copy()' },
  ],
  text: [
    {
      name: 'terms are weighed with the wrong sign',
      file: 'PACKAGE/vocabulary.py',
      from: /\(1 \+ math\.log\(n\)\)/,
      to: '(1 - math.log(n + 99))',
      silent: true,
    },
    { name: 'case is kept', file: 'PACKAGE/terms.py', from: /\.lower\(\)/, to: '', silent: true },
    {
      name: 'the vocabulary is one term too long',
      file: 'PACKAGE/features.py',
      from: /len\(self\.vocabulary\.terms\) \+ FIRST_NUMBER/,
      to: 'len(self.vocabulary.terms) - 50',
    },
    {
      name: 'padding is not left out',
      file: 'PACKAGE/features.py',
      from: /row\[0, : len\(numbers\)\], row\[1, : len\(numbers\)\] = numbers, weights/,
      to: 'row[0], row[1] = numbers, weights',
    },
    {
      name: 'the head has the wrong width',
      file: 'PACKAGE/models/networks.py',
      from: /self\.head = nn\.Linear\(width, outputs\)/,
      to: 'self.head = nn.Linear(width, outputs + 1)',
    },
  ],
  image: [
    { name: 'channels come last', file: 'PACKAGE/images.py', from: /whole\.transpose\(2, 0, 1\)/, to: 'whole' },
    {
      name: 'pixels are scaled twice',
      file: 'PACKAGE/features.py',
      from: /return \(x - mean\[:, None, None\]\) \/ spread/,
      to: 'return (x / spread[:, None, None] - mean[:, None, None]) / spread',
      silent: true,
    },
    { name: 'a path without its folder', file: 'PACKAGE/features.py', from: /str\(folder \/ cell\)/, to: 'str(cell)' },
    {
      name: 'the flattened size is wrong',
      file: 'PACKAGE/models/networks.py',
      from: /nn\.Linear\(2 \* before, outputs\)/,
      to: 'nn.Linear(before, outputs)',
    },
    {
      name: 'images are shuffled in prediction',
      file: 'PACKAGE/models/networks.py',
      from: /if self\.training and \(self\.shift or self\.turn\):/,
      to: 'if self.shift or self.turn:',
      silent: true,
    },
  ],
};

/** Written after the rules of repair were finished, and never used to change them. */
export const keptApart: Injection[] = [
  {
    name: 'an early return',
    file: 'PACKAGE/training/examples.py',
    from: /^ {4}codes = \{label/m,
    to: '    return np.zeros(len(table))\n    codes = {label',
    silent: true,
    classes: true,
  },
  {
    name: 'weights are clipped away',
    file: 'PACKAGE/training/learner.py',
    from: /plan\.trainer\.clip_norm\)/,
    to: '0.0)',
    silent: true,
  },
  {
    name: 'the same batch each time',
    file: 'PACKAGE/training/learner.py',
    from: /batches\[first : first \+ plan\.trainer\.accumulate\]/,
    to: 'batches[: plan.trainer.accumulate]',
    silent: true,
  },
  {
    name: 'a class is dropped',
    file: 'PACKAGE/schema.py',
    from: /for label in raw\.get\("classes"\) or \(\)/,
    to: 'for label in (raw.get("classes") or ())[1:]',
    classes: true,
  },
  {
    name: 'an endless recursion',
    file: 'PACKAGE/runs.py',
    from: /^def peak_memory_mb\(\) -> float:\n/m,
    to: 'def peak_memory_mb() -> float:\n    return peak_memory_mb()\n\n\ndef _peak() -> float:\n',
  },
  {
    name: 'the seed is the time',
    file: 'PACKAGE/training/learner.py',
    from: /torch\.manual_seed\(plan\.seed \* 100_003 \+ progress\.epoch\)/,
    to: 'torch.seed()',
    silent: true,
  },
  {
    name: 'half of the rows',
    file: 'PACKAGE/training/learner.py',
    from: /list\(order\.split\(plan\.batch_size\)\)\[: plan\.batches\]/,
    to: 'list(order.split(plan.batch_size))[: 1]',
    silent: true,
  },
  {
    name: 'a division by zero',
    file: 'PACKAGE/training/learner.py',
    from: /return float\(total\) \//,
    to: 'return float(total) / 0 /',
  },
  { name: 'a file is opened for reading only', file: 'PACKAGE/runs.py', from: /path\.open\("w"/, to: 'path.open("r"' },
];
