import { eventually, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { LOG_FORMAT: 'pretty', LOG_LEVEL: 'info' } });
});
afterAll(() => system?.end());

test('in a terminal a person reads one line for each confirm, each processing and each receipt, and no more', async () => {
  const services = [system.order, system.payment, system.warehouse];
  for (const { output } of services) {
    for (const purpose of ['publish', 'consume'])
      await output.until((line) => line.endsWith(` ${purpose}": connected`));
  }
  const positions = services.map(({ output }) => output.values.length);
  const id = await placeOrder(system);
  await expectAllOnce(system, [id]);
  const messages = await system.sql<Message>(
    'reader',
    `select message_id as id, type, producer, array_agg(consumer) as consumers from message_journey
     group by message_id, type, producer`,
  );
  expect(messages).toHaveLength(6);
  const expected = services.map(({ name }) => messages.flatMap((message) => told(name, message)).sort());
  await eventually('each line is there, once', () => {
    const lines = services.map(({ output }, index) => output.values.slice(positions[index]).map(withoutTimes).sort());
    expect(lines).toEqual(expected);
  });
});

test('what is no terminal gets JSON, a line each', async () => {
  await system.payment.stop();
  await system.payment.start({ LOG_FORMAT: 'auto' });
  await placeOrder(system);
  const { level, service, msg } = await system.payment.step({ step: 'processed', type: 'order.placed' });
  expect({ level, service, msg }).toEqual({
    level: 'info',
    service: 'payment',
    msg: expect.stringMatching(/^order\.placed .* processed by payment in /),
  });
});

interface Message {
  readonly id: string;
  readonly type: string;
  readonly producer: string;
  readonly consumers: readonly string[];
}

/** What a service says of a message, its times left out. */
function told(service: string, { id, type, producer, consumers }: Message): string[] {
  const sent = ['confirmed by broker in', ...consumers.map((consumer) => `receipt from ${consumer} after`)];
  const received = consumers.includes(service) ? [`processed by ${service} in`] : [];
  const all = producer === service ? [...sent, ...received] : received;
  return all.map((what) => `${service.padEnd(9)} ${type} ${id} ${what}`);
}

/** A line without the time of day before it and the milliseconds after it. One that lacks either stays as it is. */
function withoutTimes(line: string): string {
  return /^\d\d:\d\d:\d\d\.\d{3} (?<rest>.*) \d+(\.\d)? ms$/.exec(line)?.groups?.rest ?? line;
}
