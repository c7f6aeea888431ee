/** A model's answer that is longer than any that makes sense. */
export class AnswerTooLarge extends Error {
  constructor(limitBytes: number) {
    super(`the answer is longer than ${Math.round(limitBytes / 1e6)} MB`);
    this.name = 'AnswerTooLarge';
  }
}

/** fetch that gives up on an answer that is too long or too late, and does not follow to other hosts. */
export const boundedFetch =
  ({ bytes: limitBytes, seconds }: { bytes: number; seconds: number }): typeof fetch =>
  async (input, init) => {
    const late = AbortSignal.timeout(seconds * 1000);
    const signal = init?.signal ? AbortSignal.any([init.signal, late]) : late;
    const response = await fetch(input, { ...init, redirect: 'error', signal });
    if (!response.body) return response;
    let seen = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          seen += chunk.byteLength;
          if (seen > limitBytes) controller.error(new AnswerTooLarge(limitBytes));
          else controller.enqueue(chunk);
        },
      }),
    );
    return new Response(counted, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
