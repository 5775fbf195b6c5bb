import type { Mutation } from './mutation';

const publisher = 'libs/messaging/src/broker/confirm-publisher.ts';
const relay = 'libs/messaging/src/outbox/relay.ts';
const claim = 'libs/messaging/src/migrations/0001-messaging.ts';
const settle = 'libs/messaging/src/outbox/settle.ts';

/** From the change in a service's database to the broker. */
export const publishingMutations: readonly Mutation[] = [
  {
    name: 'outbox-in-the-transaction',
    safeguard: 'a message is recorded in the transaction of the change that it tells of',
    edits: [
      {
        file: 'libs/messaging/src/commit-behind.ts',
        replace: 'client.query(text, values)',
        by: 'queryRunner.manager.connection.query(text, values)',
      },
    ],
    scenario: 'entry-killed',
    catches: ['I4 lost', 'I9 illegal'],
  },
  {
    name: 'mandatory',
    safeguard: 'the broker gives back what it has no queue for',
    edits: [{ file: publisher, replace: 'mandatory: true', by: 'mandatory: false' }],
    scenario: 'sent-to-no-queue',
    catches: ['I3 lost'],
  },
  {
    name: 'returned-is-not-confirmed',
    safeguard: 'a confirm counts for nothing where the message was returned before',
    edits: [
      {
        file: publisher,
        replace: '} else if (flight.returned !== undefined) {',
        by: "} else if (flight.returned === '') {",
      },
    ],
    scenario: 'sent-to-no-queue',
    catches: ['I3 lost'],
  },
  {
    name: 'confirm-awaited',
    safeguard: 'a message counts as sent when the broker has confirmed it, and not before',
    edits: [
      {
        file: relay,
        replace: 'const outcome = await publishing;',
        by: "void publishing;\n    const outcome = { outcome: 'confirmed', milliseconds: 0 } as PublishOutcome;",
      },
    ],
    scenario: 'sent-and-never-answered',
    catches: ['I3 lost'],
  },
  {
    name: 'lease-expiry',
    safeguard: 'what a dead process had claimed is free again after its lease',
    edits: [
      {
        file: claim,
        replace: '(lease_until is null or lease_until <= clock_timestamp())',
        by: 'lease_until is null',
      },
    ],
    scenario: 'entry-killed',
    catches: ['I2 stuck'],
  },
  {
    name: 'confirmed-is-final',
    safeguard: 'whatever else comes of a message that is confirmed, it stays so',
    edits: [
      {
        file: settle,
        replace: "where m.id = s.id and m.state not in ('confirmed', 'parked') and (",
        by: 'where m.id = s.id and (',
      },
    ],
    scenario: 'two-relays-one-message',
    catches: ['I7 illegal'],
  },
  {
    name: 'attempt-fence',
    safeguard: 'what comes of one attempt to send a message says nothing of a later one',
    edits: [
      {
        file: settle,
        replace: "(s.outcome = 'confirmed' or m.attempts = s.attempt)",
        by: "(s.outcome = 'confirmed' or m.attempts >= s.attempt)",
      },
    ],
    scenario: 'late-nack',
    catches: ['I12 illegal: it could not go on: Error: A message was set free'],
  },
  {
    name: 'nack-streak',
    safeguard: 'a channel that gets nothing but nacks is closed, and another opened',
    edits: [{ file: publisher, replace: 'if (streak !== undefined) void', by: 'if (streak === this.closing) void' }],
    scenario: 'wedged-channel',
    catches: ['I2 stuck'],
  },
  {
    name: 'overdue-redelivery',
    safeguard: 'a confirmed message that a consumer does not sign for is sent to it again',
    edits: [
      {
        file: 'libs/messaging/src/messaging-runtime.ts',
        replace: '[this.relay, this.retries, this.receiptSender, this.overdue, this.retention]',
        by: '[this.relay, this.retries, this.receiptSender, this.retention]',
      },
    ],
    scenario: 'unbound',
    catches: ['I3 lost'],
  },
  {
    name: 'delivery-limit',
    safeguard: 'a queue drops no message, however often its delivery was broken off',
    edits: [
      {
        file: 'libs/messaging/src/broker/topology.ts',
        replace: "{ 'x-queue-type': 'quorum', 'x-delivery-limit': -1 }",
        by: "{ 'x-queue-type': 'quorum' }",
      },
    ],
    scenario: 'twenty-five-drops',
    catches: ['I12 illegal: it could not go on: Error: The broker has dropped messages', 'I3 lost'],
  },
];
