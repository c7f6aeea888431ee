import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ArtifactDocument, readArtifact } from '../artifacts/document.ts';
import { type DeployReport, deployReportDocument } from '../artifacts/documents/deploy-report.ts';
import { type Guidance, guidanceDocument } from '../artifacts/documents/guidance.ts';
import { requirementsDocument } from '../artifacts/documents/requirements-document.ts';
import { type Technology, technologyDocument } from '../artifacts/documents/technology.ts';
import type { Item } from '../artifacts/requirements.ts';
import { runningService, type ServiceState } from '../deploy/service-control.ts';
import { messageOf } from '../errors.ts';
import type { Stand } from '../pipeline/context.ts';
import type { Question } from '../pipeline/questions.ts';
import type { StageStatus } from '../pipeline/run-options.ts';
import type { Reason } from '../pipeline/verdict.ts';
import { isLeftToPerson } from '../stages/production/subject-evidence.ts';
import { standOf } from '../stages/stand.ts';
import type { World } from '../world/world.ts';
import { openProject } from './project.ts';
import type { RunVerdict } from './run.ts';

export type Summary = {
  project: string;
  run: string | null;
  verdict: RunVerdict;
  stages: { id: string; status: StageStatus['status']; seconds: number; reasons: Reason[] }[];
  task: string | null;
  /** The column that is predicted. */
  target: string | null;
  deploy_target: string;
  model: string | null;
  metrics: MetricRow[];
  requirements: RequirementRow[];
  questions: Question[];
  service: { url: string; pid?: number | null; container?: string } | null;
  forecast: { what: string; predicted: number; measured: number | null }[];
};

export type MetricRow = {
  name: string;
  value: number;
  split: 'holdout' | 'out-of-fold';
  baseline: { name: string; value: number } | null;
};

export type RequirementRow = Pick<
  Item,
  'id' | 'kind' | 'subject' | 'op' | 'value' | 'unit' | 'source' | 'confidence'
> & {
  met: boolean | null;
  measured: number | null;
};

/** What came of a run, read from the artifacts of the stages that it has passed through. */
export const summarise = async (
  world: World,
  given: string,
  outcome: { run: string | null; verdict: RunVerdict; stages: Map<string, StageStatus>; questions: Question[] },
): Promise<Summary> => {
  const { root, project } = openProject(given);
  const { stages } = outcome;
  // A stage that has not come to a verdict may have left reports of an earlier run, which say nothing about this one.
  const judged = (stage: string) => ['passed', 'refused'].includes(stages.get(stage)?.status ?? '');
  const read = <Data>(stage: string, document: ArtifactDocument<Data>) =>
    judged(stage) && existsSync(path.join(root, document.file)) ? readArtifact(root, document) : null;
  const requirements = read('1.1', requirementsDocument);
  const technology = read('1.2', technologyDocument);
  const guidance = read('2.4', guidanceDocument);
  const deployed = read('3.3', deployReportDocument);
  return {
    project: root,
    run: outcome.run,
    verdict: outcome.verdict,
    stages: [...stages].map(([id, status]) => ({
      id,
      status: status.status,
      seconds: 'seconds' in status ? Number(status.seconds.toFixed(3)) : 0,
      reasons: reasonsOf(id, status),
    })),
    task: requirements?.task ?? null,
    target: technology?.target ?? requirements?.target ?? null,
    deploy_target: project.settings.target,
    model: guidance?.model ?? technology?.choice.model ?? null,
    metrics: metricRows(technology, guidance),
    requirements: (requirements?.items ?? []).map((item) =>
      requirementRow(item, { guidance, deployed, stages, stand: standOf({ root, settings: project.settings }) }),
    ),
    questions: outcome.questions,
    service: describeService(await runningService(root, world.run)),
    forecast: (guidance?.forecasts ?? []).map(({ what, predicted, measured }) => ({ what, predicted, measured })),
  };
};

const reasonsOf = (stage: string, status: StageStatus): Reason[] => {
  if (status.status === 'refused') return status.reasons;
  if (status.status === 'failed') return [{ about: stage, message: messageOf(status.error) }];
  if (status.status === 'waiting') return status.questions.map(({ id, text }) => ({ about: id, message: text }));
  return [];
};

/** On the hold-out beside the strongest baseline; before the full training, from the probe's folds. */
const metricRows = (technology: Technology | null, guidance: Guidance | null): MetricRow[] => {
  if (guidance) {
    const { metrics, baselines } = guidance.holdout;
    const strong = baselines.find(({ trivial }) => !trivial) ?? baselines[0];
    const names = Object.keys(metrics).sort(
      (a, b) => Number(b === technology?.metric) - Number(a === technology?.metric),
    );
    return names.map((name) => {
      const value = strong?.metrics[name];
      return {
        name,
        value: metrics[name]!,
        split: 'holdout',
        baseline: strong && value !== undefined ? { name: strong.model, value } : null,
      };
    });
  }
  const chosen = technology?.candidates.find(({ model }) => model === technology.choice.model);
  if (!technology || !chosen) return [];
  const strong = technology.baselines.find(({ model }) => model === technology.choice.strongest_baseline);
  const baseline = strong ? { name: strong.model, value: strong.metric } : null;
  return [{ name: technology.decided_by, value: chosen.measured.metric, split: 'out-of-fold', baseline }];
};

const requirementRow = (
  item: Item,
  {
    guidance,
    deployed,
    stages,
    stand,
  }: { guidance: Guidance | null; deployed: DeployReport | null; stages: Map<string, StageStatus>; stand: Stand },
): RequirementRow => {
  const { id, kind, subject, op, value, unit, source, confidence } = item;
  const row = { id, kind, subject, op, value, unit, source, confidence };
  if (kind === 'sla') {
    const found = [...(deployed?.slas ?? []), ...(guidance?.slas ?? [])].filter((sla) => sla.id === id);
    const sla = found.find(({ measured }) => measured !== null);
    return { ...row, met: sla ? sla.met : null, measured: sla?.measured ?? null };
  }
  if (isLeftToPerson(item, stand)) {
    const word = deployed?.confirmations.find((one) => one.id === id);
    return { ...row, met: word?.confirmed ?? null, measured: null };
  }
  const shownBy = kind === 'deliverable' ? '3.3' : '1.2';
  return { ...row, met: stages.get(shownBy)?.status === 'passed' ? true : null, measured: null };
};

const describeService = (state: ServiceState | null): Summary['service'] => {
  if (!state) return null;
  return state.target === 'docker'
    ? { url: state.url, container: state.container }
    : { url: state.url, pid: state.pid };
};
