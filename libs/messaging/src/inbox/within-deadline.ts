import { Logger } from '@nestjs/common';
import { storableError } from '../storable';

class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

const logger = new Logger('Deadline');

/**
 * Resolves or rejects as what is running does, within so many milliseconds.
 * @throws DeadlineError when it takes longer, once it is abandoned: then nothing of it can be committed any more
 */
export async function withinDeadline(
  milliseconds: number,
  { running, abandon }: { readonly running: Promise<void>; readonly abandon: () => Promise<void> },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new DeadlineError(`the handler took longer than ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    await Promise.race([running, deadline]);
  } catch (error) {
    if (error instanceof DeadlineError) {
      running.catch((late) => logger.debug(`A handler ended after its deadline: ${storableError(late)}`));
      await abandon();
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
