import { createDatabase } from '@waybill/testing';
import { append, ledger as ledgerDefinition, useLedger } from '../setup.spec';
import { messagingMigrations } from '.';

const ledger = useLedger();

describe('the tables', () => {
  it('are what the entities say', async () => {
    const owner = await ledger.database.connect('owner', 1);

    const { upQueries } = await owner.driver.createSchemaBuilder().log();

    // Left to SQL alone, because TypeORM's entities do not say it: defaults, checks, and partial indexes.
    const leftToSql = /^(DROP INDEX |ALTER TABLE "\w+" (DROP CONSTRAINT|ALTER COLUMN "\w+" DROP DEFAULT))/;
    const told = upQueries.map(({ query }) => query.replaceAll('"ledger_service".', ''));
    expect(told.filter((query) => !leftToSql.test(query))).toEqual([]);
  });

  it('go when the migration is taken back', async () => {
    const database = await createDatabase({ ...ledgerDefinition, migrations: messagingMigrations });
    const owner = await database.connect('owner', 1);

    await owner.undoLastMigration();

    const left = `select from pg_class where relnamespace = 'ledger_service'::regnamespace and relname ~ 'message|letter'`;
    expect(await owner.query(left)).toEqual([]);
    await database.drop();
  });
});

/** Tries a change of a row, and says which constraint refuses it. */
async function refusal(table: string, change: string): Promise<string | undefined> {
  return ledger.dataSource.query(`update ${table} set ${change}`).then(
    () => undefined,
    (error) => error.driverError.constraint,
  );
}

describe('no message in the outbox', () => {
  const confirmed = `state = 'confirmed', confirmed_at = now(), last_outcome = 'confirmed'`;
  beforeEach(() => append(ledger.dataSource, {}));

  it.each([
    ['is confirmed without a time', `state = 'confirmed', last_outcome = 'confirmed'`, 'confirmed_is_dated'],
    ['has the time of a confirm and is not confirmed', 'confirmed_at = now()', 'confirmed_is_dated'],
    ['is confirmed by a return', `${confirmed.slice(0, -11)}'returned'`, 'confirmed_is_the_outcome'],
    ['is pending after a confirm', `last_outcome = 'confirmed'`, 'confirmed_is_the_outcome'],
    ['is parked without a reason', `state = 'parked'`, 'parked_has_a_reason'],
    ['is in a state that nobody knows', `state = 'lost'`, 'outbox_message_state_check'],
    ['has an outcome that nobody knows', `last_outcome = 'maybe'`, 'outbox_message_last_outcome_check'],
    ['has a priority beyond the highest', 'priority = 5', 'outbox_message_priority_check'],
    ['is for nobody', `consumers = '{}'`, 'outbox_message_consumers_check'],
  ])('%s', async (_, change, constraint) => {
    expect(await refusal('outbox_message', change)).toBe(constraint);
  });

  it('is refused when it is as it should be', async () => {
    expect(await refusal('outbox_message', confirmed)).toBeUndefined();
  });
});

describe('no message in the inbox', () => {
  beforeEach(() =>
    ledger.dataSource.query(
      `insert into inbox_message (message_id, consumer, producer, type, version, priority, correlation_id, state, attempts_allowed,
         received_at, due_at, properties, body)
       values (gen_random_uuid(), 'payment', 'order', 'order.placed', 1, 2, 'c', 'retrying', 3, now(), now(), '{}', '')`,
    ),
  );

  it.each([
    ['is processed without a time', `state = 'processed', due_at = null`, 'processed_is_dated'],
    ['has the time of its processing and is not processed', 'processed_at = now()', 'processed_is_dated'],
    ['is retried at no time', 'due_at = null', 'retrying_is_due'],
    ['is dead and due', `state = 'dead'`, 'retrying_is_due'],
    ['is retried without its body', 'body = null', 'unfinished_keeps_its_body'],
    ['is dead without its properties', `state = 'dead', due_at = null, properties = null`, 'unfinished_keeps_its_body'],
    ['has told more than it knows', 'receipt_sent_seq = 2', 'receipt_is_of_this_row'],
    ['is in a state that nobody knows', `state = 'lost'`, 'inbox_message_state_check'],
    ['has a priority below the lowest', 'priority = -1', 'inbox_message_priority_check'],
  ])('%s', async (_, change, constraint) => {
    expect(await refusal('inbox_message', change)).toBe(constraint);
  });

  it('is refused when it is as it should be', async () => {
    const done = `state = 'processed', processed_at = now(), due_at = null, body = null, properties = null`;
    expect(await refusal('inbox_message', done)).toBeUndefined();
  });
});

describe('no receipt', () => {
  it.each([
    ['says processed without a time', `'processed', 1, now(), null`, 'processed_is_dated'],
    ['has the time of a processing that was none', `'dead', 1, now(), now()`, 'processed_is_dated'],
    ['says what nobody knows', `'lost', 1, now(), null`, 'message_receipt_state_check'],
  ])('%s', async (_, values, constraint) => {
    const insert = ledger.dataSource.query(
      `insert into message_receipt (message_id, consumer, state, attempt, received_at, processed_at)
       values (gen_random_uuid(), 'payment', ${values})`,
    );

    await expect(insert).rejects.toMatchObject({ driverError: { constraint } });
  });
});
