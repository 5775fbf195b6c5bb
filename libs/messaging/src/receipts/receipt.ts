import { z } from 'zod';

/** What a consumer may say of a message: see InboxState, of which this is the producer's copy. */
export const receiptStates = ['retrying', 'dead', 'processed'] as const;

export type ReceiptState = (typeof receiptStates)[number];

/** The type of the one message that carries receipts; it asks for none itself. */
export const receiptsType = 'waybill.receipts';

const time = z.iso.datetime();

export const Receipt = z.object({
  messageId: z.uuid(),
  state: z.enum(receiptStates),
  /** Attempts that have ended. */
  attempt: z.int().nonnegative(),
  receivedAt: time,
  processedAt: time.nullable(),
  /** The next attempt, while `retrying`. */
  dueAt: time.nullable(),
  error: z.string().max(2_000).nullable(),
});

export type Receipt = z.infer<typeof Receipt>;

/** The body of a receipts message: everything that one consumer has to tell one producer now. */
export const Receipts = z.object({ receipts: z.array(Receipt).min(1).max(1_000) });
