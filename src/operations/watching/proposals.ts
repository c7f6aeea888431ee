import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Language } from '../../artifacts/document.ts';
import {
  type ChangeProposal,
  changeProposalBody,
  changeProposalSchema,
  proposalsFolder,
} from '../../artifacts/documents/change-proposal.ts';
import { parseDocumentText, renderDocument } from '../../artifacts/front-matter.ts';
import type { DriftReport } from '../../monitor/drift/finding.ts';
import { readText, writeAtomically } from '../../world/files.ts';

export type Kept = { file: string; proposal: ChangeProposal };

/** Proposals of a project, oldest first. */
export const readProposals = (root: string): Kept[] => {
  const folder = path.join(root, proposalsFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d{3,}-.*\.md$/.test(name))
    .sort()
    .map((name) => {
      const file = `${proposalsFolder}/${name}`;
      return {
        file,
        proposal: parseDocumentText(readText(path.join(root, file)), changeProposalSchema, { file }).data,
      };
    });
};

/** Opens a proposal for what was found; an open one that says the same is left as it is. Null: nothing was found. */
export const openProposal = async (
  root: string,
  { verdict, findings, rows }: DriftReport,
  { now, language }: { now: Date; language: Language },
): Promise<string | null> => {
  if (verdict === 'as trained' || verdict === 'too little data') return null;
  const before = readProposals(root);
  const same = before.find(
    ({ proposal }) => proposal.status === 'open' && keyOf(proposal.findings) === keyOf(findings),
  );
  if (same) return same.file;
  const number = String(before.length + 1).padStart(3, '0');
  const requirements = [...new Set(findings.flatMap(({ requirement }) => requirement ?? []))].sort();
  const proposal = changeProposalSchema.parse({
    id: `PROP-${number}`,
    created: now.toISOString(),
    status: 'open',
    requirements,
    verdict,
    rows,
    findings,
  });
  const file = `${proposalsFolder}/${number}-${verdict.replaceAll(' ', '-')}.md`;
  await writeAtomically(path.join(root, file), renderDocument(proposal, changeProposalBody(proposal, language)));
  return file;
};

const keyOf = (findings: ChangeProposal['findings']): string =>
  findings
    .map(({ kind, requirement, what, measure }) => [kind, requirement, what, measure].join())
    .sort()
    .join('\n');
