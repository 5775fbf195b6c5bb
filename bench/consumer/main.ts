import 'reflect-metadata';
import { type INestApplication, Module } from '@nestjs/common';
import { catalogue } from '@waybill/contracts';
import { connectMessaging, MessagingHealth, MessagingModule, messagingEntities } from '@waybill/messaging';
import {
  bootstrap,
  DatabaseModule,
  Environment,
  HealthModule,
  messagingSettings,
  serviceEnvironment,
} from '@waybill/service';
import { ReceiptSender } from '../../libs/messaging/src/receipts/receipt-sender';
import { OneByOne } from './one-by-one';
import { OtherEvents } from './other-events';

@Module({
  imports: [
    DatabaseModule.forRoot({ schema: 'warehouse_service', entities: messagingEntities, migrations: [] }),
    MessagingModule.forRootAsync({
      service: 'warehouse',
      catalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
    HealthModule.forRoot({ required: [MessagingHealth] }),
  ],
  controllers: [OneByOne, OtherEvents],
})
class BenchConsumer {}

/**
 * A service in warehouse's place, with the smallest effect that there is, so that what is measured is Waybill and not the sample.
 * @param settings.receipts false: no receipts are sent, which is no setting of Waybill's
 */
export async function main({ env, receipts }: { env: Record<string, string>; receipts: boolean }): Promise<void> {
  Object.assign(process.env, env);
  await bootstrap(BenchConsumer, {
    service: 'warehouse',
    environment: serviceEnvironment('warehouse', 3002),
    connect: (app) => {
      if (!receipts) silence(app);
      connectMessaging(app);
    },
  });
}

function silence(app: INestApplication): void {
  Object.assign(app.get(ReceiptSender), { start: () => {}, runOnce: async () => 0 });
}
