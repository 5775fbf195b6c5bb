import { Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { MessagingHealth, MessagingModule } from '@waybill/messaging';
import { DatabaseModule, Environment, HealthModule, messagingSettings } from '@waybill/service';
import { PaymentAuthorizedConsumer } from './consumers/payment-authorized.consumer';
import { PaymentCaptureFailedConsumer } from './consumers/payment-capture-failed.consumer';
import { PaymentCapturedConsumer } from './consumers/payment-captured.consumer';
import { PaymentDeclinedConsumer } from './consumers/payment-declined.consumer';
import { ShipmentDispatchedConsumer } from './consumers/shipment-dispatched.consumer';
import { StockRejectedConsumer } from './consumers/stock-rejected.consumer';
import { StockReservedConsumer } from './consumers/stock-reserved.consumer';
import { database } from './database';
import { Deadline } from './deadline/deadline';
import { OrderCancelController } from './http/order-cancel.controller';
import { OrderJourneyController } from './http/order-journey.controller';
import { OrderListController } from './http/order-list.controller';
import { OrdersController } from './http/orders.controller';
import { PeerMessages } from './http/peer-messages';
import { KeptAnswers } from './persistence/kept-answers';

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
  controllers: [
    OrdersController,
    OrderListController,
    OrderCancelController,
    OrderJourneyController,
    PaymentAuthorizedConsumer,
    PaymentDeclinedConsumer,
    StockReservedConsumer,
    StockRejectedConsumer,
    PaymentCapturedConsumer,
    PaymentCaptureFailedConsumer,
    ShipmentDispatchedConsumer,
  ],
  providers: [KeptAnswers, PeerMessages, Deadline],
})
export class OrderModule {}
