import {
  type DynamicModule,
  type FactoryProvider,
  Logger,
  Module,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import type { Catalogue, ServiceName } from '@waybill/contracts';
import { AsyncApiController } from './asyncapi/asyncapi.controller';
import { BrokerConnection } from './broker/broker-connection';
import { ConfirmPublisher } from './broker/confirm-publisher';
import { CONSUMING_CONNECTION, PUBLISHING_CONNECTION } from './connections';
import { Consumption } from './consumption';
import { crashPoint } from './crash-point';
import { FreshReceipts } from './fresh-receipts';
import { Attempts } from './inbox/attempts';
import { Backlog } from './inbox/backlog';
import { Batches } from './inbox/batches';
import { DeadLettersController } from './inbox/dead-letters.controller';
import { Handlers } from './inbox/handlers';
import { Receiver } from './inbox/receiver';
import { Replay } from './inbox/replay';
import { Retries } from './inbox/retries';
import { Journey } from './journey/journey';
import { MessagesController } from './journey/messages.controller';
import { Overdue } from './journey/overdue';
import { MessageSteps } from './message-step';
import { MessagingHealth } from './messaging-health';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options';
import { MessagingRuntime } from './messaging-runtime';
import { Relay } from './outbox/relay';
import { Settler } from './outbox/settler';
import { OutboxCommit } from './outbox-commit';
import { RabbitMqStrategy } from './rabbitmq.strategy';
import { ReceiptReceiver } from './receipts/receipt-receiver';
import { ReceiptSender } from './receipts/receipt-sender';
import { Retention } from './retention';
import { logSteps } from './step-log';
import { Transactions } from './transactions';

/** What differs between the places where a service runs. */
export type MessagingSettings = Omit<MessagingOptions, 'service' | 'catalogue'>;

export interface MessagingModuleOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly service: ServiceName;
  readonly catalogue: Catalogue;
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...injected: never[]) => MessagingSettings | Promise<MessagingSettings>;
}

/** Outbox, inbox, receipts and journey of one service, over RabbitMQ. Needs a TypeORM DataSource in the application. */
@Module({})
export class MessagingModule {
  static forRootAsync({ service, catalogue, imports, inject, useFactory }: MessagingModuleOptions): DynamicModule {
    const options: Provider = {
      provide: MESSAGING_OPTIONS,
      inject: inject ?? [],
      useFactory: async (...injected: never[]): Promise<MessagingOptions> => ({
        ...(await useFactory(...injected)),
        service,
        catalogue,
      }),
    };
    return {
      module: MessagingModule,
      global: true,
      imports: imports ?? [],
      controllers: [MessagesController, DeadLettersController, AsyncApiController],
      providers: [options, ...brokerProviders, ...ledgerProviders],
      exports: [Transactions, Journey, Backlog, MessagingHealth],
    };
  }
}

const brokerProviders: Provider[] = [
  connectionProvider(PUBLISHING_CONNECTION, 'publish'),
  connectionProvider(CONSUMING_CONNECTION, 'consume'),
  {
    provide: ConfirmPublisher,
    inject: [PUBLISHING_CONNECTION],
    useFactory: (connection: BrokerConnection) => new ConfirmPublisher({ connection }),
  },
];

const ledgerProviders: Provider[] = [
  {
    provide: MessageSteps,
    inject: [MESSAGING_OPTIONS],
    useFactory: ({ crashAt }: MessagingOptions) => {
      const logger = new Logger('Messages');
      const steps = new MessageSteps(crashAt === undefined ? undefined : crashPoint(crashAt));
      if (crashAt !== undefined) logger.warn(`CRASH_AT=${crashAt}: this process will kill itself there`);
      logSteps(steps, logger);
      return steps;
    },
  },
  Transactions,
  Settler,
  Relay,
  OutboxCommit,
  Handlers,
  Attempts,
  Backlog,
  Batches,
  FreshReceipts,
  Receiver,
  Retries,
  Replay,
  ReceiptSender,
  ReceiptReceiver,
  Journey,
  Overdue,
  Retention,
  Consumption,
  MessagingRuntime,
  MessagingHealth,
  RabbitMqStrategy,
];

function connectionProvider(provide: symbol, purpose: 'publish' | 'consume'): Provider {
  return {
    provide,
    inject: [MESSAGING_OPTIONS],
    useFactory: ({ brokerUrl, service, queueType }: MessagingOptions) =>
      new BrokerConnection({ url: brokerUrl, purpose, service, queueType }),
  };
}
