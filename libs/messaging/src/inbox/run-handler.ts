import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EnvelopeDelivery } from './envelope-delivery';

/** Runs a handler through whatever Nest has put around it, to the end of its transaction. @throws what one of them throws */
export async function runHandler(handler: MessageHandler, data: unknown, delivery: EnvelopeDelivery): Promise<void> {
  const returned: unknown = await handler(data, delivery);
  if (isObservable(returned)) await lastValueFrom(returned, { defaultValue: undefined });
  await delivery.finish();
}
