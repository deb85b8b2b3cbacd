/** One thing done to many photos. */
import { Problem } from "../client";

const AT_ONCE = 4;

export interface Outcome {
  done: number;
  failed: number;
  /** The server's sentence about the first that failed. */
  problem: string | null;
}

/** Do it to each, a few at a time; what fails for one does not stop the others. */
export async function toEach(
  ids: readonly string[],
  act: (id: string) => Promise<unknown>,
  ondone: (done: number) => void = () => undefined,
): Promise<Outcome> {
  const outcome: Outcome = { done: 0, failed: 0, problem: null };
  const left = [...ids];
  const work = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await act(id);
        outcome.done += 1;
      } catch (error) {
        outcome.failed += 1;
        outcome.problem ??= (error as Error).message;
        // A server that is away refuses all the others too.
        if (!(error instanceof Problem)) left.length = 0;
      }
      ondone(outcome.done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}
