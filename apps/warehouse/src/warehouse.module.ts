import { Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { MessagingHealth, MessagingModule } from '@waybill/messaging';
import { DatabaseModule, Environment, HealthModule, messagingSettings } from '@waybill/service';
import { OrderCancelledConsumer } from './consumers/order-cancelled.consumer';
import { OrderConfirmedConsumer } from './consumers/order-confirmed.consumer';
import { OrderPlacedConsumer } from './consumers/order-placed.consumer';
import { database } from './database';
import { StockController } from './http/stock.controller';

@Module({
  imports: [
    DatabaseModule.forRoot(database),
    MessagingModule.forRootAsync({
      service: 'warehouse',
      catalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
    HealthModule.forRoot({ required: [MessagingHealth] }),
  ],
  controllers: [StockController, OrderPlacedConsumer, OrderConfirmedConsumer, OrderCancelledConsumer],
})
export class WarehouseModule {}
