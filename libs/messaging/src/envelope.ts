import type { ServiceName } from '@waybill/contracts';

/** What a message says about itself, beside its payload. */
export interface Envelope {
  readonly messageId: string;
  readonly type: string;
  readonly version: number;
  readonly producer: ServiceName;
  /** 0 to 4. */
  readonly priority: number;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly aggregateId: string;
  readonly aggregateVersion: number | undefined;
}
