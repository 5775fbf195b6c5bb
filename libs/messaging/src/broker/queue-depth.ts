import { closeChannel, replyCode } from './broker-channel';
import type { BrokerConnection } from './broker-connection';
import { settledWithin } from './settled-within';

/**
 * What the broker says of a queue. `missing` and `refused` (no permission to look) are its answers; `disconnected` means that there
 * was none.
 */
export type QueueDepth =
  | { readonly messages: number; readonly consumers: number }
  | 'missing'
  | 'refused'
  | 'disconnected';

const answerTimeout = 10_000;

/** Looks at a queue without touching it (a passive declare), on a channel of its own, because the answer "missing" closes the channel. */
export async function queueDepth(connection: BrokerConnection, queue: string): Promise<QueueDepth> {
  // A blocked connection is not read by the broker: no answer would come.
  const model = connection.state.status === 'connected' ? connection.connection : undefined;
  if (model === undefined) return 'disconnected';
  let depth: QueueDepth = 'disconnected';
  const look = async () => {
    const channel = await model.createChannel();
    channel.on('error', () => {});
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      depth = { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      const code = replyCode(error);
      if (code === 404) depth = 'missing';
      if (code === 403) depth = 'refused';
    }
    await closeChannel(channel);
  };
  await settledWithin(look(), answerTimeout);
  return depth;
}
