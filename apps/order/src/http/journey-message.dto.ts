import { z } from 'zod';

const time = z.iso.datetime({ offset: true });

const JourneyDelivery = z.object({
  consumer: z.string(),
  state: z.string(),
  attempts: z.int(),
  receivedAt: time.nullable(),
  processedAt: time.nullable(),
  receiptAt: time.nullable(),
  error: z.string().nullable(),
});

/** One message and what became of it, as every service tells it at `GET /messages`. */
export const JourneyMessageSchema = z.object({
  id: z.string(),
  type: z.string(),
  producer: z.string(),
  priority: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  attempts: z.int(),
  recordedAt: time,
  sentAt: time.nullable(),
  confirmedAt: time.nullable(),
  error: z.string().nullable(),
  deliveries: z.array(JourneyDelivery),
});
