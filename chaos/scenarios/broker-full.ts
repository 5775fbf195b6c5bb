import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario';
import { mustBite } from './broker-sight';

const room = 5;

/** Milliseconds: long enough that a loop without backoff would show. */
const lastsFor = 20_000;

/** What backoff from 0.5 s, doubling, allows of one message in that time. */
const mostAttempts = 7;

/** The other queues of a message that is refused have it already, each time. */
export const queueFull: Scenario = {
  name: 'queue-full',
  family: 'broker',
  does: 'a queue whose consumer is down takes no more than five messages (max-length, reject-publish): nacks for 20 s',
  run: async ({ system, more, say }) => {
    const { order, payment, warehouse, vhost } = system;
    const queue = system.queue('warehouse.order-placed');
    const policy = `policies/${vhost.name}/chaos-full`;
    const at = payment.position;
    await warehouse.stop();
    try {
      await vhost.manage('PUT', policy, {
        pattern: `^${queue.replaceAll('.', '\\.')}$`,
        definition: { 'max-length': room, overflow: 'reject-publish' },
        'apply-to': 'queues',
      });
      await order.step({ step: 'nacked' }, order.position);
      const from = order.position;
      await pause(lastsFor);
      const claimed = order.steps({ step: 'claimed' }, from);
      const nacked = order.steps({ step: 'nacked' }, from);
      const attempts = Math.max(...nacked.map(({ attempt = 0 }) => attempt));
      mustBite(nacked.length > room, `there were ${nacked.length} nacks`);
      say(
        `${(claimed.length / (lastsFor / 1_000)).toFixed(1)} publishes a second, ${nacked.length} nacks ` +
          `of ${new Set(nacked.map(({ messageId }) => messageId)).size} messages, ${attempts} attempts at most`,
      );
      if (attempts > mostAttempts) throw new Error(`One message was sent ${attempts} times in ${lastsFor / 1_000} s`);
    } finally {
      await vhost.manage('DELETE', policy);
      await warehouse.start();
    }
    await more(10);
    say(`${payment.steps({ step: 'duplicate' }, at).length} duplicates absorbed by payment so far`);
  },
};
