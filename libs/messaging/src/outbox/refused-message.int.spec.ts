import { eventually, type OwnBroker, Recorder, startOwnBroker } from '@waybill/testing';
import { type Bench, setUp } from '../broker/setup.spec';
import { MessageSteps, type StepTaken } from '../message-step';
import type { MessagingOptions } from '../messaging-options';
import { append, rowOf, useLedger } from '../setup.spec';
import { Relay } from './relay';
import { Settler } from './settler';

// A broker that takes smaller messages than ours may be: it closes the channel over one, with everything in flight.

let broker: OwnBroker;
let bench: Bench;
const ledger = useLedger();
beforeAll(async () => {
  broker = await startOwnBroker();
  // The setting, where the server keeps it at run time: RabbitMQ 4 and 3 differ.
  await broker.control('eval', 'persistent_term:put(max_message_size, 20000).');
  await broker.control('eval', 'application:set_env(rabbit, max_message_size, 20000).');
  bench = await setUp(broker);
}, 120_000);
afterAll(async () => {
  await bench.tearDown();
  await broker.end();
});

it('parks the row at fault, and confirms those that were in flight with it', async () => {
  const { publisher } = await bench.publisher();
  const steps = new MessageSteps();
  const taken = new Recorder<StepTaken>();
  steps.on(taken.record);
  const options = { overdueAfter: 60_000 } as MessagingOptions;
  const relay = new Relay(ledger.dataSource, publisher, new Settler(ledger.dataSource, options), steps);
  const large = JSON.stringify({ orderId: 'large', note: 'x'.repeat(50_000) });
  const [before, culprit, after] = await append(ledger.dataSource, {}, { payload: large }, {});

  relay.start();
  await taken.until(({ step, messageId }) => step === 'parked' && messageId === culprit);
  await taken.until(({ step, messageId }) => step === 'settled' && messageId === before && isConfirmed(before));
  await taken.until(({ step, messageId }) => step === 'settled' && messageId === after && isConfirmed(after));
  await relay.stop();

  expect(await rowOf(ledger.dataSource, 'outbox_message', culprit ?? '')).toMatchObject({
    state: 'parked',
    last_error: expect.stringContaining('larger than'),
  });
  for (const id of [before, after]) {
    expect(await rowOf(ledger.dataSource, 'outbox_message', id ?? '')).toMatchObject({ state: 'confirmed' });
  }

  // Of a whole batch the last would wait behind all others, for longer than their lease.
  await append(ledger.dataSource, {}, {}, {});
  await eventually('the channel is open again', () => expect(publisher.state.status).toBe('open'));
  expect(await relay.runOnce()).toBe(1);

  function isConfirmed(id: string | undefined): boolean {
    return taken.values.some((each) => each.step === 'confirmed' && each.messageId === id);
  }
}, 60_000);
