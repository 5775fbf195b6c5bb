import { messagingEntities, messagingMigrations } from '@waybill/messaging';
import type { ServiceDatabase } from '@waybill/service';
import { RequestPayments } from './migrations/0001-request-payments';
import { LogTheSandboxGateway } from './migrations/0002-log-the-sandbox-gateway';
import { DateTheAsking } from './migrations/0003-date-the-asking';
import { Payment } from './persistence/payment.entity';
import { SandboxEntry } from './sandbox-gateway/sandbox-entry.entity';

export const database: ServiceDatabase = {
  schema: 'payment_service',
  entities: [...messagingEntities, Payment, SandboxEntry],
  migrations: [...messagingMigrations, RequestPayments, LogTheSandboxGateway, DateTheAsking],
};
