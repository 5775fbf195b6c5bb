import { Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { MessagingHealth, MessagingModule } from '@waybill/messaging';
import { DatabaseModule, Environment, HealthModule, messagingSettings } from '@waybill/service';
import { OrderPlacedConsumer } from './consumers/order-placed.consumer';
import { database } from './database';

@Module({
  imports: [
    DatabaseModule.forRoot(database),
    MessagingModule.forRootAsync({
      service: 'payment',
      catalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
    HealthModule.forRoot({ required: [MessagingHealth] }),
  ],
  controllers: [OrderPlacedConsumer],
})
export class PaymentModule {}
