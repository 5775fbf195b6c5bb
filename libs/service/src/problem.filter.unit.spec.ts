import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import { firstValueFrom, type Observable } from 'rxjs';
import { ProblemFilter } from './problem.filter';

test('a message handler error goes on to the messaging as it is', async () => {
  const host = new ExecutionContextHost([]);
  host.setType('rpc');
  const error = new Error('stock is being counted');

  const outcome = new ProblemFilter().catch(error, host) as Observable<never>;

  await expect(firstValueFrom(outcome)).rejects.toBe(error);
});
