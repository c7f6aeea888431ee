/** Whether two figures agree within a tolerance: absolute up to 1, relative beyond, as single precision rounds. */
export const agrees = (own: number | null, recomputed: number, tolerance: number): boolean =>
  own !== null && Math.abs(own - recomputed) <= tolerance * Math.max(1, Math.abs(recomputed));
