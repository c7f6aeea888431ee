import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readIfPresent } from '../../artifacts/document.ts';
import { bugfixDocument } from '../../artifacts/documents/bugfix.ts';
import { deployReportDocument } from '../../artifacts/documents/deploy-report.ts';
import { environmentDocument } from '../../artifacts/documents/environment.ts';
import { guidanceDocument } from '../../artifacts/documents/guidance.ts';
import { miniDatasetDocument } from '../../artifacts/documents/mini-dataset.ts';
import { technologyDocument } from '../../artifacts/documents/technology.ts';
import { figure } from '../../artifacts/markdown.ts';
import type { Item } from '../../artifacts/requirements.ts';
import { hasNoFigure, type SubjectWithoutFigure } from '../../artifacts/vocabulary.ts';
import { dataSchema } from '../../data/schema.ts';
import type { Stand } from '../../pipeline/context.ts';
import { readJson, readText, sha256 } from '../../world/files.ts';
import { readExport } from '../project/training-products.ts';
import { readRun } from '../run-folder.ts';
import { isBatchRun } from './batch-run.ts';

type Say = (zh: string, en: string) => string;

type FileEvidence = {
  file: string;
  stage: string;
  /** What the project's files show for this very item; null: not that. */
  shows(root: string, item: Item, say: Say): string | null;
  /** The cases of this subject that only a person can confirm. */
  exceptFor?(item: Item, stand: Stand): boolean;
};

/** By subject: where a goal, a constraint or a deliverable is shown. `person`: no machine can show it. */
export const subjectEvidence: Record<SubjectWithoutFigure, FileEvidence | 'person'> = {
  task: {
    file: guidanceDocument.file,
    stage: '2.4',
    shows(root, item, say) {
      const found = trained(root);
      if (!found || !asks(item, found.technology.task) || !asks(item, found.exported.task)) return null;
      const { model, training } = found.guidance;
      return say(
        `${found.exported.task}：${model}，用 ${training.rows} 行训练`,
        `${found.exported.task}: ${model}, trained on ${training.rows} rows`,
      );
    },
  },
  target: {
    file: guidanceDocument.file,
    stage: '2.4',
    shows(root, item, say) {
      const found = trained(root);
      if (!found || !asks(item, found.technology.target) || !asks(item, found.exported.target)) return null;
      const { rows } = found.guidance.holdout;
      return say(
        `models/current 预测 ${found.exported.target}，留出集预测 ${rows} 行`,
        `models/current predicts ${found.exported.target}, ${rows} rows of it in the hold-out`,
      );
    },
  },
  metric: {
    file: guidanceDocument.file,
    stage: '2.4',
    shows(root, item, say) {
      const found = trained(root);
      if (!found || !asks(item, found.technology.metric)) return null;
      const { metric } = found.technology;
      const { metrics, rows } = found.guidance.holdout;
      if (metrics[metric] === undefined) return null;
      return say(
        `选型以 ${metric} 为准；留出集（${rows} 行）上为 ${figure(metrics[metric])}`,
        `${metric} decided the choice; ${figure(metrics[metric])} on the hold-out of ${rows} rows`,
      );
    },
  },
  positive_class: {
    file: technologyDocument.file,
    stage: '1.2',
    shows(root, item, say) {
      const technology = readIfPresent(root, technologyDocument);
      const found = technology?.classes.find(({ label, full }) => asks(item, label) && full > 0);
      if (!technology || !found || technology.positive_class !== found.label) return null;
      return say(
        `${technology.target} = ${found.label}：训练数据 ${found.full} 行，留出集 ${found.holdout} 行`,
        `${technology.target} = ${found.label}: ${found.full} training rows, ${found.holdout} rows of the hold-out`,
      );
    },
  },
  horizon: {
    file: technologyDocument.file,
    stage: '1.2',
    shows(root, _item, say) {
      const file = path.join(root, 'data/schema.json');
      const technology = readIfPresent(root, technologyDocument);
      const steps = existsSync(file) ? dataSchema.parse(readJson(file)).horizon : undefined;
      if (!technology || steps === undefined) return null;
      return say(
        `向前 ${steps} 步，按此跨度回测与留出测量`,
        `${steps} steps ahead, back-tested and measured on the hold-out at exactly this span`,
      );
    },
  },

  hardware: {
    file: environmentDocument.file,
    stage: '2.2',
    shows(root, item, say) {
      const environment = readIfPresent(root, environmentDocument);
      if (!environment) return null;
      const { device, gpu, platform } = environment;
      // `--device` may be another than the one that is only assumed where the brief names none.
      if (!asks(item, device) && item.source !== 'default') return null;
      if (device === 'gpu' && !gpu.available) return null;
      const trainedOn = deployedRun(root)?.device;
      return [
        device === 'gpu' ? `gpu: ${gpu.name} (CUDA ${gpu.cuda})` : `cpu: ${platform}`,
        ...(trainedOn ? [say(`训练所用设备 ${trainedOn}`, `trained on ${trainedOn}`)] : []),
        ...(asks(item, device) ? [] : [say('由 --device 指定', 'chosen with --device')]),
      ].join(say('，', ', '));
    },
    // A named card, a phone, a microcontroller: nothing here runs on it.
    exceptFor: ({ value, note }) => note !== undefined || (value !== 'cpu' && value !== 'gpu'),
  },
  network: {
    file: 'reports/container_env_check.log',
    stage: '3.2',
    shows(root, _item, say) {
      const file = path.join(root, 'reports/container_env_check.log');
      const log = existsSync(file) ? readText(file) : '';
      const samples = /^samples: (\d+) of \1$/m.exec(log)?.[1];
      const offline = /^command: docker run .*--network none/m.test(log) && /^exit_code: 0$/m.test(log);
      if (!offline || samples === undefined) return null;
      return say(
        `在断网的容器中预测 ${samples} 个样本，全部正确`,
        `${samples} samples predicted rightly in a container without network`,
      );
    },
    exceptFor: ({ value }, stand) => value !== 'offline' || stand !== 'docker',
  },
  framework: {
    file: environmentDocument.file,
    stage: '2.2',
    shows(root, item, say) {
      const installed = readIfPresent(root, environmentDocument)?.packages_installed ?? {};
      const name = Object.keys(packageOfFramework).find((one) => asks(item, one)) ?? String(item.value);
      const packaged = packageOfFramework[name] ?? name;
      const version = installed[packaged];
      const run = deployedRun(root);
      if (version === undefined || run?.versions[packaged] === undefined) return null;
      // Beside PyTorch, which exports, it must have trained: where the deployed model is no network, its twin has.
      if (name === 'paddle' && readIfPresent(root, bugfixDocument)?.twins?.state !== 'run') return null;
      return say(
        `已安装 ${name} ${version}；${run.model} 的训练记录为 ${run.versions[packaged]}`,
        `${name} ${version} is installed; the run of ${run.model} records ${run.versions[packaged]}`,
      );
    },
  },
  language: 'person',
  license: 'person',
  privacy: 'person',
  deadline: 'person',

  http_api: {
    file: deployReportDocument.file,
    stage: '3.3',
    shows(root, _item, say) {
      const report = readIfPresent(root, deployReportDocument);
      if (!report) return null;
      const { smoke, version } = report;
      const checks = report.checks.filter((check) => !isBatchRun(check));
      if (checks.length === 0 || !checks.every(({ passed }) => passed) || smoke.requests === 0 || smoke.wrong > 0)
        return null;
      return say(
        `${checks.length} 项接口检查，版本 ${version} 的 ${smoke.requests} 个预测全部正确`,
        `${checks.length} checks of the endpoints, ${smoke.requests} predictions of version ${version} without a wrong one`,
      );
    },
  },
  batch_job: {
    file: deployReportDocument.file,
    stage: '3.3',
    shows(root) {
      const run = readIfPresent(root, deployReportDocument)?.checks.find(isBatchRun);
      return run?.passed ? `${run.what}: ${run.found}` : null;
    },
  },
  notebook: {
    file: miniDatasetDocument.file,
    stage: '2.2',
    shows(root, _item, say) {
      const notebook = readIfPresent(root, miniDatasetDocument)?.notebook;
      if (!notebook || !existsSync(path.join(root, 'scripts/explore_data.ipynb'))) return null;
      const { exit_code, cells, executed, figures } = notebook;
      if (exit_code !== 0 || cells === 0 || executed < cells) return null;
      return say(
        `scripts/explore_data.ipynb：${cells} 个单元格全部执行，${figures.length} 张图`,
        `scripts/explore_data.ipynb: ${executed} of ${cells} cells executed, ${figures.length} plots`,
      );
    },
  },
  model_file: {
    file: guidanceDocument.file,
    stage: '2.4',
    shows(root, _item, say) {
      const found = trained(root);
      const model = path.join(root, 'models/current/model.onnx');
      if (!found || !existsSync(model)) return null;
      const { version, max_abs_difference, tolerance } = found.guidance.export;
      const checksum = sha256(readFileSync(model));
      if (!checksum.startsWith(version) || max_abs_difference > tolerance) return null;
      return say(
        `models/current/model.onnx，SHA-256 ${checksum}，与训练端最大差 ${figure(max_abs_difference)}（允许 ${tolerance}）`,
        `models/current/model.onnx, SHA-256 ${checksum}, differs from the trained model by at most ${figure(max_abs_difference)} (allowed ${tolerance})`,
      );
    },
  },
  dashboard: {
    file: 'deploy/monitoring/dashboard.json',
    stage: '3.4',
    shows(root, _item, say) {
      const count = dashboardPanels(root);
      return count > 0
        ? say(`deploy/monitoring/dashboard.json：${count} 个面板`, `deploy/monitoring/dashboard.json: ${count} panels`)
        : null;
    },
  },
};

/** Whether nothing but a person's word stands for the item. */
export const isLeftToPerson = (item: Item, stand: Stand): boolean => {
  if (!hasNoFigure(item.subject)) return false;
  const evidence = subjectEvidence[item.subject];
  return evidence === 'person' || (evidence.exceptFor?.(item, stand) ?? false);
};

export const dashboardPanels = (root: string): number => {
  const file = path.join(root, 'deploy/monitoring/dashboard.json');
  return existsSync(file) ? countPanels(readJson(file)) : 0;
};

/** Rows are headings. */
const countPanels = (dashboard: unknown): number =>
  z
    .object({ panels: z.array(z.object({ type: z.string().optional() })) })
    .parse(dashboard)
    .panels.filter(({ type }) => type !== 'row').length;

const asks = ({ value }: Item, found: string): boolean => [value].flat().map(String).includes(found);

/** Names as briefs and `run.json` have them → as packages are installed. */
const packageOfFramework: Record<string, string> = { torch: 'torch', paddle: 'paddlepaddle' };

/** What was decided, what came of the training, and what was exported; null before stage 2.4. */
const trained = (root: string) => {
  const technology = readIfPresent(root, technologyDocument);
  const guidance = readIfPresent(root, guidanceDocument);
  const exported = ['model.json', 'parity.json'].every((name) => existsSync(path.join(root, 'models/current', name)))
    ? readExport(root)
    : null;
  return technology && guidance && exported ? { technology, guidance, exported } : null;
};

/** `run.json` of the model that is deployed. */
const deployedRun = (root: string) => {
  const guidance = readIfPresent(root, guidanceDocument);
  return guidance && readRun({ root }, guidance.deployed.run);
};
