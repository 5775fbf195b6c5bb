import { Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { MessagingHealth, MessagingModule } from '@waybill/messaging';
import { DatabaseModule, Environment, HealthModule, messagingSettings } from '@waybill/service';
import { GatewayOperations } from './consumers/gateway-operations';
import { OrderCancelledConsumer } from './consumers/order-cancelled.consumer';
import { OrderConfirmedConsumer } from './consumers/order-confirmed.consumer';
import { OrderPlacedConsumer } from './consumers/order-placed.consumer';
import { database } from './database';
import { PaymentsController } from './http/payments.controller';
import { SandboxGatewayModule } from './sandbox-gateway/sandbox-gateway.module';

@Module({
  imports: [
    DatabaseModule.forRoot(database),
    MessagingModule.forRootAsync({
      service: 'payment',
      catalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
    // Brings the PaymentGateway: put the module of another one here.
    SandboxGatewayModule,
    HealthModule.forRoot({ required: [MessagingHealth] }),
  ],
  controllers: [PaymentsController, OrderPlacedConsumer, OrderConfirmedConsumer, OrderCancelledConsumer],
  providers: [GatewayOperations],
})
export class PaymentModule {}
