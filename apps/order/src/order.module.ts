import { Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { MessagingHealth, MessagingModule } from '@waybill/messaging';
import { DatabaseModule, Environment, HealthModule, messagingSettings } from '@waybill/service';
import { database } from './database';
import { OrderJourneyController } from './http/order-journey.controller';
import { OrdersController } from './http/orders.controller';
import { PeerMessages } from './http/peer-messages';
import { PlaceOrder } from './persistence/place-order';

@Module({
  imports: [
    DatabaseModule.forRoot(database),
    MessagingModule.forRootAsync({
      service: 'order',
      catalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
    // Orders are taken while the broker is away: the outbox keeps what is to be sent.
    HealthModule.forRoot({ degrading: [MessagingHealth] }),
  ],
  controllers: [OrdersController, OrderJourneyController],
  providers: [PlaceOrder, PeerMessages],
})
export class OrderModule {}
