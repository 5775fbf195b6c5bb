import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ledger of one service: what it sends, what came back, what it received, what could not be read. */
export class Messaging1700000000001 implements MigrationInterface {
  readonly name = 'Messaging1700000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table outbox_message (
        id uuid primary key,
        producer text not null,
        type text not null,
        version integer not null,
        aggregate_id text not null,
        aggregate_version integer,
        priority smallint not null check (priority between 0 and 4),
        payload json not null,
        correlation_id text not null,
        causation_id uuid,
        consumers text[] not null check (cardinality(consumers) > 0),
        state text not null default 'pending' check (state in ('pending', 'confirmed', 'parked')),
        attempts integer not null default 0,
        recorded_at timestamptz not null default clock_timestamp(),
        due_at timestamptz not null default clock_timestamp(),
        lease_until timestamptz,
        sent_at timestamptz,
        confirmed_at timestamptz,
        last_outcome text check (last_outcome in ('confirmed', 'returned', 'nacked', 'timed-out', 'disconnected')),
        last_error text,
        overdue_at timestamptz,
        overdue_rounds integer not null default 0,
        finished_at timestamptz,
        constraint confirmed_is_dated check ((state = 'confirmed') = (confirmed_at is not null)),
        constraint confirmed_is_the_outcome check ((state = 'confirmed') = (last_outcome is not distinct from 'confirmed')),
        constraint parked_has_a_reason check (state <> 'parked' or last_error is not null)
      )`);
    // The claim: pending rows, highest priority first, oldest first.
    await queryRunner.query(
      `create index outbox_message_pending on outbox_message (priority desc, id) where state = 'pending'`,
    );
    // The overdue look: confirmed, but not every named consumer has signed.
    await queryRunner.query(
      `create index outbox_message_awaited on outbox_message (overdue_at) where state = 'confirmed' and finished_at is null`,
    );
    await queryRunner.query('create index outbox_message_correlation on outbox_message (correlation_id)');
    await queryRunner.query(
      'create index outbox_message_finished on outbox_message (finished_at) where finished_at is not null',
    );
    // What a person must look at, among millions that nobody must.
    await queryRunner.query(
      `create index outbox_message_parked on outbox_message (recorded_at) where state = 'parked'`,
    );
    // The claim. In the order of its index, whatever the statistics say: where there are none yet, Postgres thinks that little is pending, and would read
    // and sort all of it each time.
    await queryRunner.query(`
      create function claim_outbox(batch integer, lease_milliseconds integer) returns setof outbox_message
      language sql set enable_sort = off as $$
        with due as (
          select id from outbox_message
          where state = 'pending' and due_at <= clock_timestamp() and (lease_until is null or lease_until <= clock_timestamp())
          order by priority desc, id
          limit batch
          for update skip locked
        )
        update outbox_message m
        set attempts = m.attempts + 1, sent_at = clock_timestamp(),
          lease_until = clock_timestamp() + lease_milliseconds * interval '1 millisecond'
        from due
        where m.id = due.id
        returning m.*
      $$`);
    // Room beside a row for its claim, which changes no index then.
    await queryRunner.query('alter table outbox_message set (fillfactor = 50)');

    await queryRunner.query(`
      create table message_receipt (
        message_id uuid not null,
        consumer text not null,
        state text not null check (state in ('retrying', 'processed', 'dead')),
        attempt integer not null,
        received_at timestamptz not null,
        processed_at timestamptz,
        due_at timestamptz,
        receipt_at timestamptz not null default clock_timestamp(),
        error text,
        primary key (message_id, consumer),
        constraint processed_is_dated check ((state = 'processed') = (processed_at is not null))
      )`);
    // Retention keeps these, and must not read all others to find them.
    await queryRunner.query(`create index message_receipt_dead on message_receipt (message_id) where state = 'dead'`);

    await queryRunner.query(`
      create table inbox_message (
        message_id uuid not null,
        consumer text not null,
        producer text not null,
        type text not null,
        version integer not null,
        priority smallint not null check (priority between 0 and 4),
        correlation_id text not null,
        state text not null check (state in ('processed', 'retrying', 'dead')),
        attempts_started integer not null default 0,
        attempts_finished integer not null default 0,
        attempts_allowed integer not null,
        due_at timestamptz,
        properties json,
        body bytea,
        received_at timestamptz not null,
        processed_at timestamptz,
        error text,
        receipt_seq integer not null default 1,
        receipt_sent_seq integer not null default 0,
        receipt_due_at timestamptz not null default clock_timestamp(),
        replayed_at timestamptz,
        replayed_by text,
        primary key (message_id, consumer),
        constraint processed_is_dated check ((state = 'processed') = (processed_at is not null)),
        constraint retrying_is_due check ((state = 'retrying') = (due_at is not null)),
        constraint unfinished_keeps_its_body check (state = 'processed' or (body is not null and properties is not null)),
        constraint receipt_is_of_this_row check (receipt_sent_seq <= receipt_seq)
      )`);
    // The retry schedule.
    await queryRunner.query(
      `create index inbox_message_retrying on inbox_message (priority desc, due_at) where state = 'retrying'`,
    );
    // Receipts not sent yet.
    await queryRunner.query(
      'create index inbox_message_receipt_due on inbox_message (receipt_due_at) where receipt_sent_seq < receipt_seq',
    );
    // What of a flow is not processed here.
    await queryRunner.query(
      `create index inbox_message_unfinished on inbox_message (correlation_id) where state <> 'processed'`,
    );
    await queryRunner.query(`create index inbox_message_dead on inbox_message (received_at) where state = 'dead'`);
    await queryRunner.query(
      'create index inbox_message_processed on inbox_message (processed_at) where processed_at is not null',
    );

    // Each message leaves dead entries at the front of the indexes for what is pending and what is due, and whoever looks there reads them. So they are
    // cleaned after so many messages, and not after a share of all that are kept.
    for (const table of ['outbox_message', 'inbox_message']) {
      await queryRunner.query(
        `alter table ${table}
         set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, vacuum_index_cleanup = on)`,
      );
    }

    await queryRunner.query(`
      create table dead_letter (
        id uuid primary key,
        queue text not null,
        reason text not null,
        properties json not null,
        body bytea not null,
        received_at timestamptz not null default clock_timestamp(),
        replayed_at timestamptz,
        replayed_by text
      )`);
    await queryRunner.query('create index dead_letter_received on dead_letter (received_at) where replayed_at is null');

    await queryRunner.query(`
      create view message_journey as
      select
        m.id as message_id, m.type, m.version, m.producer, named.consumer, m.aggregate_id, m.correlation_id, m.causation_id,
        (array['bulk', 'low', 'normal', 'high', 'urgent'])[m.priority + 1] as priority,
        m.state, m.last_outcome as outcome, m.attempts,
        case
          when r.state is not null then r.state
          when m.state = 'confirmed' and (m.overdue_rounds > 0 or m.overdue_at <= clock_timestamp()) then 'overdue'
          else 'awaited'
        end as delivery_state,
        coalesce(r.attempt, 0) as delivery_attempts,
        m.recorded_at, m.sent_at, m.confirmed_at, r.received_at, r.processed_at, r.receipt_at,
        round(extract(epoch from m.confirmed_at - m.sent_at) * 1000, 1) as confirm_ms,
        round(extract(epoch from r.processed_at - r.received_at) * 1000, 1) as process_ms,
        round(extract(epoch from r.receipt_at - m.recorded_at) * 1000, 1) as receipt_ms,
        m.last_error as error, r.error as delivery_error
      from outbox_message m
      cross join lateral unnest(m.consumers) as named (consumer)
      left join message_receipt r on r.message_id = m.id and r.consumer = named.consumer`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop view message_journey');
    await queryRunner.query('drop function claim_outbox');
    await queryRunner.query('drop table dead_letter, inbox_message, message_receipt, outbox_message');
  }
}
