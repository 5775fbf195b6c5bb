import type { ServiceName } from '@waybill/contracts';
import type { ServiceDatabase } from '@waybill/service';
import { database as order } from '../../order/src/database';
import { database as payment } from '../../payment/src/database';
import { database as warehouse } from '../../warehouse/src/database';

/** What each service keeps in Postgres. A new service is one more line here. */
export const serviceDatabases: Readonly<Record<ServiceName, ServiceDatabase>> = { order, payment, warehouse };

/** The role that owns a service's schema and runs its migrations. Nobody logs in as it. */
export function ownerOf(service: ServiceName): string {
  return `${service}_owner`;
}
