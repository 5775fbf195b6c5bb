import { Recorder } from '@waybill/testing';
import type { BrokerConnection } from './broker/broker-connection';
import { type Bench, setUp } from './broker/setup.spec';
import { MessageSteps, type StepTaken } from './message-step';
import type { MessagingOptions } from './messaging-options';
import { claimOutbox } from './outbox/claim';
import { Relay } from './outbox/relay';
import { Settler } from './outbox/settler';
import { OutboxCommit } from './outbox-commit';
import { recorded, rowOf, useLedger } from './setup.spec';

const ledger = useLedger();

let bench: Bench;
let connection: BrokerConnection;
let relay: Relay;
let taken: Recorder<StepTaken>;
let outboxCommit: OutboxCommit;

beforeEach(async () => {
  bench = await setUp();
  const { publisher, connection: publishing } = await bench.publisher();
  connection = publishing;
  const steps = new MessageSteps();
  taken = new Recorder<StepTaken>();
  steps.on(taken.record);
  const settler = new Settler(ledger.dataSource, { overdueAfter: 60_000 } as MessagingOptions);
  relay = new Relay(ledger.dataSource, publisher, settler, steps);
  outboxCommit = new OutboxCommit(relay, steps);
});
afterEach(async () => {
  await relay.stop();
  await bench.tearDown();
});

const row = (id = '') => rowOf(ledger.dataSource, 'outbox_message', id);

async function commit(messages = [recorded()]): Promise<string[]> {
  const queryRunner = ledger.dataSource.createQueryRunner();
  try {
    await queryRunner.startTransaction();
    await outboxCommit.commit(queryRunner, messages);
  } finally {
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
    await queryRunner.release();
  }
  return messages.map(({ messageId }) => messageId);
}

it("what the relay has room for is sent at once, and is nobody else's meanwhile", async () => {
  relay.start();
  const wake = jest.spyOn(relay, 'wake');

  const [id] = await commit();
  await taken.until(({ step }) => step === 'settled');

  expect(await row(id)).toMatchObject({
    state: 'confirmed',
    attempts: 1,
    lease_until: null,
    sent_at: expect.any(Date),
  });
  expect(taken.values.map(({ step }) => step)).toEqual(['recorded', 'claimed', 'confirmed', 'settled']);
  expect(wake).not.toHaveBeenCalled();
});

it('what was on its way in a process that died is due when its lease has ended', async () => {
  relay.start();
  jest.spyOn(relay, 'sendReserved').mockImplementation(() => {});

  const [id] = await commit();

  const rows = await ledger.dataSource.query(
    `select attempts, extract(epoch from lease_until - clock_timestamp())::float8 as lease from outbox_message`,
  );
  expect(rows).toEqual([{ attempts: 1, lease: expect.closeTo(10, -1) }]);
  expect(await claimOutbox(ledger.dataSource, 1, 1_000)).toEqual([]);
  await ledger.dataSource.query('update outbox_message set lease_until = clock_timestamp()');
  expect(await claimOutbox(ledger.dataSource, 1, 1_000)).toMatchObject([{ messageId: id, attempt: 2 }]);
  relay.leave(1);
});

it('while the relay is not started, nothing is leased to it', async () => {
  const [id] = await commit();

  expect(await row(id)).toMatchObject({ state: 'pending', attempts: 0, lease_until: null });
});

it('while the broker is away, nothing is leased to the relay', async () => {
  await connection.close();
  relay.start();

  const [id] = await commit();

  expect(await row(id)).toMatchObject({ state: 'pending', attempts: 0, lease_until: null });
});

it('more than there is room for at once waits for a claim, as does what comes while much is under way', async () => {
  relay.start();
  expect(relay.reserve(251)).toBeUndefined();
  expect(relay.reserve(200)).toBeDefined();

  const reserve = jest.spyOn(relay, 'reserve');
  const wake = jest.spyOn(relay, 'wake');

  const ids = await commit(Array.from({ length: 60 }, () => recorded()));

  expect(reserve).toHaveLastReturnedWith(undefined);
  expect(wake).toHaveBeenCalled();

  relay.leave(200);
  await taken.until(({ step, messageId }) => step === 'settled' && messageId === ids[0]);
});

it('places are free again when nothing was committed', async () => {
  relay.start();

  await expect(commit([recorded({ priority: 9 })])).rejects.toThrow('outbox_message_priority_check');

  expect(taken.values).toEqual([]);
  await relay.stop();
});
