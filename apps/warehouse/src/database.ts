import { messagingEntities, messagingMigrations } from '@waybill/messaging';
import type { ServiceDatabase } from '@waybill/service';
import { KeepStock } from './migrations/0001-keep-stock';
import { Reservation } from './persistence/reservation.entity';
import { ReservationLine } from './persistence/reservation-line.entity';
import { Stock } from './persistence/stock.entity';

export const database: ServiceDatabase = {
  schema: 'warehouse_service',
  entities: [...messagingEntities, Stock, Reservation, ReservationLine],
  migrations: [...messagingMigrations, KeepStock],
};
