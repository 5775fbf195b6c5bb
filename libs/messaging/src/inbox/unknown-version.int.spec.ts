import { Placed } from '../setup.spec';
import { Handlers } from './handlers';
import { Retries } from './retries';
import { behaviour, effects, inboxRow, order, setRow, useHarness } from './setup.spec';
import { wakeKnownVersions } from './unknown-version';

const payment = useHarness();

/** A message of version 2, which this build does not know. */
async function newer(): Promise<string> {
  const { properties, body } = payment.harness.message(Placed, order);
  const headers = { ...(properties.headers as object), version: 2 };
  const { messageId, state } = await payment.harness.receive(Placed, { properties: { ...properties, headers }, body });
  expect(state).toBe('retrying');
  return messageId;
}

const dueIn = async (messageId: string) =>
  (Number((await inboxRow(payment.harness, messageId)).due_at) - Date.now()) / 60_000;

/** What a build that knows version 2 does at its start. */
const startNewBuild = () =>
  wakeKnownVersions(
    payment.harness.dataSource,
    payment.harness.app
      .get(Handlers)
      .all()
      .map(({ entry, ...handler }) => ({ ...handler, entry: { ...entry, event: { ...entry.event, version: 2 } } })),
  );

describe('a message of a newer version', () => {
  it('waits for about an hour, is not handled and not counted', async () => {
    behaviour.handle = async () => {
      throw new Error('must not run');
    };

    const messageId = await newer();

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({
      state: 'retrying',
      version: 2,
      attempts_started: 0,
      attempts_finished: 0,
      error: expect.stringContaining('version 2 is newer than 1'),
    });
    expect(await dueIn(messageId)).toBeGreaterThan(55);
  });

  it('goes on waiting, without being counted, where it is still not known', async () => {
    const messageId = await newer();
    await setRow(payment.harness, messageId, 'due_at = clock_timestamp()');

    expect(await payment.harness.app.get(Retries).runOnce()).toBe(1);

    expect(await inboxRow(payment.harness, messageId)).toMatchObject({ state: 'retrying', attempts_started: 0 });
    expect(await dueIn(messageId)).toBeGreaterThan(55);
  });

  it('is taken up also when a process of the build before has put it out after that', async () => {
    const retries = payment.harness.app.get(Retries);
    const now = jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    await retries.runOnce();
    const messageId = await newer();
    await setRow(payment.harness, messageId, 'version = 1');

    now.mockReturnValue(1_029_000);
    expect(await retries.runOnce()).toBe(0);
    now.mockReturnValue(1_031_000);
    expect(await retries.runOnce()).toBe(1);

    now.mockRestore();
  });

  it('is due as soon as a build starts that knows it, and it alone', async () => {
    const messageId = await newer();
    const unknown = await newer();
    await setRow(payment.harness, unknown, 'version = 3');

    await startNewBuild();

    expect(await dueIn(messageId)).toBeLessThanOrEqual(0.1);
    expect(await dueIn(unknown)).toBeGreaterThan(55);
    expect(await effects(payment.harness)).toEqual({});
  });

  it('is due then also when it had failed once, in a build that knows it, before one of the build before put it out', async () => {
    const messageId = await newer();
    await setRow(payment.harness, messageId, 'attempts_started = 1, attempts_finished = 1');

    await startNewBuild();

    expect(await dueIn(messageId)).toBeLessThanOrEqual(0.1);
  });
});
