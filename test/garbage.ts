import { catalogue, type ServiceName, services } from '@waybill/contracts';
import type { System } from '@waybill/testing';
import type { Options } from 'amqplib';

export const text = (value: string) => Buffer.from(value);

/** 5 MB of arrays, each in another. */
export const nested = Buffer.concat([Buffer.alloc(2_500_000, '['), Buffer.alloc(2_500_000, ']')]);

/** Every type that a header can have beside text, tables in tables, and a name with NUL. */
export const oddHeaders = {
  buffer: Buffer.from([0, 1, 255]),
  table: { list: [1, 'two', { three: null }, [Buffer.from('four')]], 'n\u0000ul': 'n\u0000ul' },
  deep: deepTable(1_500),
  bigger: { '!': 'int64', value: '9223372036854775807' },
  float: { '!': 'float', value: 1.5 },
  decimal: { '!': 'decimal', value: { places: 2, digits: 1999 } },
  date: { '!': 'timestamp', value: 253_402_300_800_000 },
  yes: true,
  nothing: null,
};

function deepTable(depth: number): unknown {
  let table: unknown = 'end';
  for (let level = 0; level < depth; level++) table = { t: table };
  return table;
}

/** Publishes to one queue alone. */
export async function publish(
  system: System,
  as: ServiceName | 'admin',
  queue: string,
  body: Buffer,
  properties: Options.Publish,
): Promise<void> {
  await system.publish(as, 'waybill.direct', system.queue(queue), body, properties);
}

/** @returns the id of its own under which a service has kept what `send` sends, which is compared byte for byte. */
export async function expectUnreadable(
  system: System,
  service: ServiceName,
  reason: RegExp,
  body: Buffer,
  send: () => Promise<void>,
): Promise<string> {
  const position = system[service].position;
  await send();
  const { messageId = '', detail } = await system[service].step({ step: 'unreadable' }, position);
  expect(detail).toMatch(reason);
  const kept = await system.sql(service, 'select reason, body = $2 as same from dead_letter where id = $1', [
    messageId,
    body,
  ]);
  expect(kept).toEqual([{ reason: detail, same: true }]);
  await listed(system, service, messageId, body);
  return messageId;
}

/** Expects a dead letter in the list of a service. */
export async function listed(
  system: System,
  service: ServiceName,
  id: string | undefined,
  body: Buffer,
): Promise<void> {
  const { status, body: answer } = await system[service].get('/dead-letters?limit=500');
  expect(status).toBe(200);
  const letter = answer.deadLetters.find((letter: { id: string }) => letter.id === id);
  expect(letter).toMatchObject({ size: body.length, body: body.subarray(0, 16_384).toString('base64') });
}

/** Stops all services, each cleanly, and expects nothing to be left in any queue. */
export async function expectCleanEnd(system: System): Promise<void> {
  for (const service of system.services) {
    expect(service.faults).toEqual([]);
    expect(await service.stop()).toBe('exit code 0');
  }
  const work = catalogue.entries.flatMap(({ event: { type, consumers } }) =>
    consumers.map((consumer) => `${consumer}.${type.replace('.', '-')}`),
  );
  const queues = [...work, ...services.map((service) => `${service}.receipts`)].map((name) => system.queue(name));
  const channel = await system.vhost.channel();
  const left = await Promise.all(queues.map((queue) => channel.checkQueue(queue)));
  expect(left).toEqual(queues.map((queue) => ({ queue, messageCount: 0, consumerCount: 0 })));
}
