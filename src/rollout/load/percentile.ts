/** Nearest rank: the smallest value with at least this share of all values at or under it. `sorted` ascends. */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted.length === 0 ? Number.POSITIVE_INFINITY : sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)]!;
