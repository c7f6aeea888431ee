/**
 * Whether the errors of a new version are gross, looked at after each request: Page's cumulative sum of the likelihood
 * ratio of "an error rate of `bad`" to "of at most `calm`". By Lorden's bound a version as good as `calm` raises an
 * alarm once in `meanRun` requests at most.
 */
export type ErrorWatch = { see(failed: boolean): boolean; seen(): { requests: number; errors: number } };

const gross = 0.2;
/** Less than this is never taken as usual: a service without a single error yet may well have some. */
const leastUsual = 0.01;
const meanRun = 1e6;

/** `usual`: the error rate of the version that serves, 0..1. One that fails as much itself cannot be grossly worse. */
export const watchErrors = (usual: number): ErrorWatch => {
  const calm = Math.max(leastUsual, usual * 2);
  const bad = Math.max(gross, Math.min(0.9, calm * 5));
  const onError = Math.log(bad / calm);
  const onSuccess = Math.log((1 - bad) / (1 - calm));
  let evidence = 0;
  let requests = 0;
  let errors = 0;
  return {
    see(failed) {
      requests++;
      if (failed) errors++;
      // Never below zero: a good hour must not hide a sudden fault.
      evidence = Math.max(0, evidence + (failed ? onError : onSuccess));
      return calm < 0.5 && evidence >= Math.log(meanRun);
    },
    seen: () => ({ requests, errors }),
  };
};
