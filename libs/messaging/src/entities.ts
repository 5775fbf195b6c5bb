import { DeadLetter } from './dead-letters/dead-letter.entity';
import { InboxMessage } from './inbox/inbox-message.entity';
import { OutboxMessage } from './outbox/outbox-message.entity';
import { MessageReceipt } from './receipts/message-receipt.entity';

/** Messaging's own entities, to be listed beside a service's. */
export const messagingEntities = [OutboxMessage, MessageReceipt, InboxMessage, DeadLetter];
