import { type ConsumerSettings, main as consume } from './consumer';
import { sendReceipts } from './receipts-loop';
import { relay } from './relay-loop';

/** All that a service does for a message, by hand and in one process: it is consumed, its next event is sent, its receipt is sent. */
export async function main(settings: ConsumerSettings & { exchange: string }): Promise<void> {
  const forever = [relay(settings, 20), sendReceipts(settings)];
  await consume(settings);
  await Promise.all(forever);
}
