import type { Mutation } from './mutation';

const subscription = 'libs/messaging/src/broker/subscription.ts';
const codec = 'libs/messaging/src/codec.ts';
const receiver = 'libs/messaging/src/inbox/receiver.ts';

/** From the broker to the effect in a service's database, and back to the producer. */
export const consumingMutations: readonly Mutation[] = [
  {
    name: 'inbox-claim',
    safeguard: 'an effect is made by whoever claims the message, once',
    edits: [
      {
        file: 'libs/messaging/src/inbox/handled-delivery.ts',
        replace: 'if (isTaken) return;',
        by: 'if (isTaken || this.messageId) return;',
      },
    ],
    scenario: 'entry-killed',
    catches: ['I3 doubled'],
  },
  {
    name: 'ack-after-commit',
    safeguard: 'the broker is told to take a message off when its effect is committed',
    edits: [
      {
        file: subscription,
        replace: `      const verdict = await onDelivery(message, message.fields.redelivered);
      if (verdict === 'ack') {
        channel.ack(message);
`,
        by: `      channel.ack(message);
      const verdict = await onDelivery(message, message.fields.redelivered);
      if (verdict === 'ack') {
`,
      },
    ],
    scenario: 'killed-in-hand',
    catches: ['I3 lost'],
  },
  {
    name: 'receipt-after-commit',
    safeguard: 'what a consumer signs for is committed together with its effect',
    edits: [
      {
        file: 'libs/messaging/src/inbox/claim-delivery.ts',
        replace: 'const [row]: ClaimedTimes[] = await manager.query(',
        by: 'const [row]: ClaimedTimes[] = await manager.connection.query(',
      },
    ],
    scenario: 'killed-in-hand',
    catches: ['I6 stuck'],
  },
  {
    name: 'start-committed',
    safeguard: 'the attempt at a message that may have killed a process is counted before it runs',
    edits: [
      { file: receiver, replace: 'if (redelivered) await this.', by: 'if (redelivered === undefined) await this.' },
    ],
    scenario: 'poison',
    catches: ['I12 illegal: it could not go on: Error: Not within 300000 ms'],
  },
  {
    name: 'receipt-seq',
    safeguard: 'a receipt that was sent is one of the row as it is now',
    edits: [
      {
        file: 'libs/messaging/src/receipts/mark-receipts.ts',
        replace: 'where m.receipt_seq = told.seq',
        by: 'where m.receipt_seq >= told.seq',
      },
    ],
    scenario: 'receipt-overtaken',
    catches: ['I7 stuck'],
  },
  {
    name: 'receipt-sent-again',
    safeguard: 'whoever gets a message again that is done signs for it again',
    edits: [
      {
        file: receiver,
        replace: 'await resendReceipt(this.dataSource, { messageId, consumer });',
        by: 'void resendReceipt;',
      },
    ],
    scenario: 'receipts-queue-deleted',
    catches: ['I7 stuck'],
  },
  {
    name: 'null-cancel',
    safeguard: 'a consumer that the broker has ended declares its queue and consumes again',
    edits: [{ file: subscription, replace: 'void this.channel.reopen(reason);', by: 'void reason;' }],
    scenario: 'consumer-cancelled',
    catches: ['I3 lost'],
  },
  {
    name: 'sender-of-a-message',
    safeguard: 'a message is believed when the broker vouches for its sender (user-id)',
    edits: [
      { file: codec, replace: 'if (properties.userId !== producer) {', by: "if (properties.userId === 'nobody') {" },
    ],
    scenario: 'forged-sender',
    catches: ['I9 illegal'],
  },
  {
    name: 'sender-of-a-receipt',
    safeguard: 'a receipt is believed when the broker vouches for its sender (user-id)',
    edits: [
      {
        file: 'libs/messaging/src/receipts/receipt-receiver.ts',
        replace: 'if (!consumers.has(consumer)) {',
        by: 'if (consumers.size === 0) {',
      },
    ],
    scenario: 'forged-sender',
    catches: ['I7 illegal', 'I9 illegal'],
  },
  {
    name: 'drain',
    safeguard: 'a process that is told to end finishes what it has in hand',
    edits: [
      {
        file: 'libs/messaging/src/messaging-runtime.ts',
        replace: '  async stop(): Promise<void> {\n',
        by: '  async stop(): Promise<void> {\n    if (this.options) return;\n',
      },
    ],
    scenario: 'told-to-end',
    catches: ['I12 illegal: it could not go on: Error: Messages were left half done'],
  },
];
