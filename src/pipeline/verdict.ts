/**
 * Why a gate refused: names the requirement, file or command that it is about, and the figure where there is one.
 * `zh` says the same in Chinese, for reasons that a person who wrote a brief will meet.
 */
export type Reason = { about: string; message: string; zh?: string | undefined };

export type Verdict = { passed: true } | { passed: false; reasons: Reason[] };

/** A gate as a table: each row is a reason, or false where its condition does not hold. No reason left: passed. */
export const verdict = (rows: (Reason | false | null | undefined)[]): Verdict => {
  const reasons = rows.filter((row): row is Reason => Boolean(row));
  return reasons.length === 0 ? { passed: true } : { passed: false, reasons };
};

/** `condition && reason` in the order in which one reads it. */
export const refuseIf = (condition: boolean, about: string, message: string, zh?: string): Reason | false =>
  condition && { about, message, ...(zh ? { zh } : {}) };

export const reasonsOf = (result: Verdict): Reason[] => (result.passed ? [] : result.reasons);
