import { requirementsDocument } from '../artifacts/documents/requirements-document.ts';
import type { Device } from '../pipeline/context.ts';
import type { Question } from '../pipeline/questions.ts';
import type { StageContext } from './context.ts';

const questionId = 'Q-device';

/** cpu or gpu: by flag, else by requirement, else by an answer; null: nobody has decided yet. */
export const decidedDevice = (context: StageContext): Device | null => {
  if (context.settings.device) return context.settings.device;
  const hardware = context.read(requirementsDocument).items.find(({ subject }) => subject === 'hardware')?.value;
  if (hardware === 'cpu') return 'cpu';
  if (hardware !== undefined) return 'gpu';
  const answer = context.answer(questionId)?.value;
  return answer === 'cpu' || answer === 'gpu' ? answer : null;
};

export const decideDevice = async (context: StageContext): Promise<Device> => {
  const decided = decidedDevice(context);
  if (decided) return decided;
  const answers = await context.ask([question(context)]);
  return answers[questionId] === 'gpu' ? 'gpu' : 'cpu';
};

const question = (context: StageContext): Question => {
  const { names } = context.rules.VENV_CONFIG;
  return {
    id: questionId,
    text: context.say('在 CPU 还是 GPU 上调试和训练？', 'Debug and train on the CPU or on a GPU?'),
    why: context.say(
      '决定安装哪个 PyTorch，也决定训练时间。',
      'It decides which PyTorch is installed and how long training takes.',
    ),
    recommended: 'cpu',
    options: [
      { value: 'cpu', label: 'CPU', changes: context.say(`建立 ${names.cpu}`, `${names.cpu} is built`) },
      {
        value: 'gpu',
        label: 'GPU',
        changes: context.say(`建立 ${names.gpu}，需要 NVIDIA 显卡`, `${names.gpu} is built; needs an NVIDIA card`),
      },
    ],
  };
};

/** Folder of the project's environment and its interpreter. */
export const projectEnvironment = (context: StageContext): { name: string; folder: string; python: string } => {
  const { names } = context.rules.VENV_CONFIG;
  const name = decidedDevice(context) === 'gpu' ? names.gpu : names.cpu;
  return { name, folder: context.at(name), python: context.at(name, 'bin', 'python') };
};
