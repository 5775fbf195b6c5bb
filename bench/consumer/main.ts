import 'reflect-metadata';
import { type INestApplication, Module, type Type } from '@nestjs/common';
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
import { InBatches } from './in-batches';
import { OneByOne } from './one-by-one';
import { OtherEvents } from './other-events';

export interface BenchConsumerSettings {
  readonly env: Record<string, string>;
  /** False: no receipts are sent, which is no setting of Waybill's. */
  readonly receipts: boolean;
  readonly isBatched: boolean;
}

/**
 * A service in warehouse's place, with the smallest effect that there is, so that what is measured is Waybill and not the sample.
 */
export async function main({ env, receipts, isBatched }: BenchConsumerSettings): Promise<void> {
  Object.assign(process.env, env);
  await bootstrap(consuming(isBatched ? InBatches : OneByOne), {
    service: 'warehouse',
    environment: serviceEnvironment('warehouse', 3002),
    connect: (app) => {
      if (!receipts) silence(app);
      connectMessaging(app);
    },
  });
}

function consuming(controller: Type): Type {
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
    controllers: [controller, OtherEvents],
  })
  class BenchConsumer {}
  return BenchConsumer;
}

function silence(app: INestApplication): void {
  Object.assign(app.get(ReceiptSender), { start: () => {}, runOnce: async () => 0 });
}
