import { messagingEntities, messagingMigrations } from '@waybill/messaging';
import type { ServiceDatabase } from '@waybill/service';
import { PlaceOrders } from './migrations/0001-place-orders';
import { OrderDeadline } from './migrations/0002-order-deadline';
import { KeepAnswers } from './migrations/0003-keep-answers';
import { Order } from './persistence/order.entity';
import { OrderLine } from './persistence/order-line.entity';

export const database: ServiceDatabase = {
  schema: 'order_service',
  entities: [...messagingEntities, Order, OrderLine],
  migrations: [...messagingMigrations, PlaceOrders, OrderDeadline, KeepAnswers],
};
