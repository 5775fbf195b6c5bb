import type { ServiceName } from '@waybill/contracts';
import { eventually, type Preload, preload } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { waitingFor } from './messages-recorded';

const consumer: ServiceName = 'warehouse';
const attemptsAllowed = 5;

/** Milliseconds until it is a dead letter: a start of the service for each attempt. */
const patience = 300_000;

/**
 * The process dies when it is about to write the effect of the message that CRASH_AT names. It takes that name away, because the service
 * itself knows crash points only.
 */
const diesOfMessage: Preload = `data:text/javascript,${encodeURIComponent(`
  import { createRequire } from 'node:module';
  const { Client } = createRequire(process.cwd() + '/')('pg');
  const poison = process.env.CRASH_AT;
  delete process.env.CRASH_AT;
  const query = Client.prototype.query;
  Client.prototype.query = function (text, values, ...others) {
    if (/inbox_message[^]*'processed'/.test(text) && values?.[0] === poison) process.kill(process.pid, 'SIGKILL');
    else return query.call(this, text, values, ...others);
  };`)}`;

const poison: Scenario = {
  name: 'poison',
  family: 'messages',
  does: 'one message kills the process of whoever handles it, which is started again each time, until it is a dead letter; mended, and replayed',
  env: { WAREHOUSE_MAX_ATTEMPTS: String(attemptsAllowed) },
  run: async (arena) => {
    const { system, more, say } = arena;
    const service = system[consumer];
    await service.stop();
    await more(10);
    const { id } = arena.random.pick(await waitingFor(arena, consumer));
    const from = service.position;
    const poisoned = { ...preload([diesOfMessage]), CRASH_AT: id };
    let deaths = -1;
    await eventually(
      `${id} is a dead letter`,
      async () => {
        if (!service.isRunning) {
          deaths++;
          const since = service.position;
          await service.start(poisoned);
          // Its lease gives the others time; whoever ends it early must give it, too.
          await eventually('another message is processed, or it has died', () => {
            if (service.isRunning && service.steps({ step: 'processed' }, since).length === 0)
              throw new Error('neither');
          });
          await endLease(arena, id);
        }
        if (!(await isDead(arena, id))) throw new Error(`it has killed ${service.name} ${deaths} times`);
      },
      patience,
    );
    const others = service.steps({ step: 'processed' }, from).filter(({ messageId }) => messageId !== id).length;
    say(`it has killed ${service.name} ${deaths} times, and is dead; meanwhile ${others} others were processed`);
    if (deaths < attemptsAllowed) throw new Error(`it has not killed ${service.name} once for each attempt`);
    if (others === 0) throw new Error('it has held up all others');
    await service.stop();
    await service.start();
    const { status } = await service.post(`/dead-letters/${id}/replay`, { by: 'the fault suite' });
    if (status !== 202) throw new Error(`its replay was answered with ${status}`);
    await service.step({ step: 'processed', messageId: id }, from);
  },
};

/** Of the attempt that it has died of, at once: it is 45 s. */
async function endLease({ system }: Arena, id: string): Promise<void> {
  await system.sql(
    consumer,
    `update inbox_message set due_at = clock_timestamp()
     where message_id = $1 and attempts_started > attempts_finished and due_at > clock_timestamp()`,
    [id],
  );
}

async function isDead({ system }: Arena, id: string): Promise<boolean> {
  const rows = await system.sql(consumer, `select from inbox_message where message_id = $1 and state = 'dead'`, [id]);
  return rows.length > 0;
}

export const poisonScenarios: readonly Scenario[] = [poison];
