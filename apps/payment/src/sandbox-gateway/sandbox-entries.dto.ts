import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { SandboxEntry } from './sandbox-entry.entity';

const Entry = z.object({
  key: z.string(),
  operation: z.enum(['authorize', 'capture', 'void']),
  /** Minor units of the currency. */
  amount: z.int(),
  currency: z.string(),
  outcome: z.enum(['approved', 'declined']),
  reason: z.string().nullable(),
  at: z.iso.datetime(),
});

/** Oldest first. */
export class SandboxEntriesDto extends createZodDto(z.object({ entries: z.array(Entry) })) {}

export function sandboxEntryDto({
  key,
  operation,
  amount,
  currency,
  outcome,
  reason,
  at,
}: SandboxEntry): z.infer<typeof Entry> {
  return { key, operation, amount, currency, outcome, reason, at: at.toISOString() };
}
