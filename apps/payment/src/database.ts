import { messagingEntities, messagingMigrations } from '@waybill/messaging';
import type { ServiceDatabase } from '@waybill/service';
import { RequestPayments } from './migrations/0001-request-payments';
import { Payment } from './persistence/payment.entity';

export const database: ServiceDatabase = {
  schema: 'payment_service',
  entities: [...messagingEntities, Payment],
  migrations: [...messagingMigrations, RequestPayments],
};
