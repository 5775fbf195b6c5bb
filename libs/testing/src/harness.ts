import { AsyncLocalStorage } from 'node:async_hooks';
import { type DynamicModule, type INestApplication, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type Catalogue,
  catalogue as contracts,
  type EventContract,
  type EventData,
  type Priority,
  priorityLevel,
  type ServiceName,
} from '@waybill/contracts';
import { MessagingModule, type MessagingSettings } from '@waybill/messaging';
import type { ServiceDatabase } from '@waybill/service';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { eventsExchange, workQueue } from '../../messaging/src/broker/topology';
import { encode, type ReceivedMessage } from '../../messaging/src/codec';
import { Handlers } from '../../messaging/src/inbox/handlers';
import { Receiver } from '../../messaging/src/inbox/receiver';
import { Retries } from '../../messaging/src/inbox/retries';
import { type MessageStep, MessageSteps, type StepTaken } from '../../messaging/src/message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../../messaging/src/messaging-options';
import { NoTransport } from './no-transport';
import { createDatabase, type TestDatabase } from './postgres';
import { type RecordedEvent, readRecorded } from './recorded-event';

export interface HarnessOptions extends Pick<ModuleMetadata, 'controllers' | 'providers' | 'imports'> {
  readonly service: ServiceName;
  /** The service's tables; the harness takes a database of its own with them. */
  readonly database: ServiceDatabase;
  /** Default: the catalogue of all events. */
  readonly catalogue?: Catalogue;
  /** Default: those of `defaults`, made for specs. */
  readonly settings?: Partial<MessagingSettings>;
}

export interface DeliverOptions {
  /** Default: a new one. The same again is a duplicate. */
  readonly messageId?: string;
  readonly priority?: Priority;
  readonly correlationId?: string;
  readonly aggregateVersion?: number;
  /** The broker gave it out before, and never had an ack. */
  readonly redelivered?: boolean;
}

/** What became of one delivery, or of one later attempt. */
export interface DeliveryResult {
  readonly messageId: string;
  /** `unreadable`: nothing that it says of itself is believed; it is kept under another id, which is `messageId` then. */
  readonly state: 'processed' | 'duplicate' | 'retrying' | 'dead' | 'unreadable';
  /** What the producer would read, where it was not processed. */
  readonly error: string | undefined;
  /** Events that this attempt recorded, in their order. */
  readonly recorded: readonly RecordedEvent[];
  /** The data of those of one kind. */
  recordedOf<Event extends EventContract>(event: Event): EventData<Event>[];
}

const defaults: MessagingSettings = {
  brokerUrl: 'amqp://nobody:nobody@127.0.0.1:1/none',
  queueType: 'quorum',
  handlerDeadline: 5_000,
  retryBase: 1_000,
  maxAttempts: 3,
  overdueAfter: 30_000,
  retention: 86_400_000,
};

const outcomes: ReadonlySet<MessageStep> = new Set(['processed', 'duplicate', 'retrying', 'dead', 'unreadable']);

/**
 * A service's consumers on a real Postgres, without a broker: messages are handed to the inbox as they would arrive, and go through decoding,
 * guards, pipes, interceptors, the handler and its transaction as they do in production.
 */
export async function createHarness(options: HarnessOptions): Promise<Harness> {
  const database = await createDatabase(options.database);
  try {
    const dataSource = await database.connect();
    const handled = new Set<string>();
    const catalogue = limitTo(handled, options.catalogue ?? contracts);
    const app = await NestFactory.create(
      HarnessModule.of({ ...options, catalogue }, dataSource),
      new FastifyAdapter(),
      {
        logger: false,
        abortOnError: false,
      },
    );
    app.connectMicroservice({ strategy: new NoTransport(app.get(Handlers), handled) }, { inheritAppConfig: true });
    await app.init();
    await app.startAllMicroservices();
    return new Harness(app, database, dataSource);
  } catch (error) {
    await database.drop();
    throw error;
  }
}

export class Harness {
  private readonly options: MessagingOptions;
  /** The steps of whatever is awaited now: each delivery sees its own, however many are under way. */
  private readonly steps = new AsyncLocalStorage<StepTaken[]>();

  constructor(
    readonly app: INestApplication,
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {
    this.options = app.get(MESSAGING_OPTIONS);
    app.get(MessageSteps).on((taken) => this.steps.getStore()?.push(taken));
  }

  /** Delivers an event as its producer would send it. */
  deliver<Event extends EventContract>(
    event: Event,
    data: EventData<Event>,
    options: DeliverOptions = {},
  ): Promise<DeliveryResult> {
    return this.receive(event, this.message(event, data, options), options.redelivered);
  }

  /** Delivers whatever it is given, where `event` is expected. */
  async receive(event: EventContract, message: ReceivedMessage, redelivered = false): Promise<DeliveryResult> {
    const target = this.app.get(Handlers).find(event.type);
    if (!target) throw new Error(`No controller of this harness consumes ${event.type}`);
    const { service, queueType } = this.options;
    const queue = workQueue(service, event.type, queueType).name;
    return this.observe(() => this.app.get(Receiver).receive(message, redelivered, target, queue));
  }

  /** Makes the next attempt at a message that is `retrying`, now instead of when it is due. */
  async retry(messageId: string): Promise<DeliveryResult> {
    await this.dataSource.query(
      `update inbox_message set due_at = clock_timestamp() where message_id = $1 and state = 'retrying'`,
      [messageId],
    );
    return this.observe(() => this.app.get(Retries).runOnce(), messageId);
  }

  /** The message that `deliver` delivers. */
  message<Event extends EventContract>(
    event: Event,
    data: EventData<Event>,
    { messageId = uuidv7(), priority = 'normal', correlationId, aggregateVersion }: DeliverOptions = {},
  ): ReceivedMessage {
    const entry = this.options.catalogue.find(event.type);
    if (!entry) throw new Error(`${event.type} is not in the catalogue`);
    const aggregateId = event.aggregate(data);
    const envelope = {
      messageId,
      type: event.type,
      version: event.version,
      producer: entry.producer,
      priority: priorityLevel(priority),
      correlationId: correlationId ?? aggregateId,
      causationId: undefined,
      aggregateId,
      aggregateVersion,
    };
    const { headers, body, type } = encode(envelope, JSON.stringify(data), eventsExchange, event.type);
    const { correlationId: correlation, priority: level } = envelope;
    return {
      properties: { messageId, type, correlationId: correlation, priority: level, userId: entry.producer, headers },
      body,
    };
  }

  /** Closes the application and removes its database. */
  async close(): Promise<void> {
    await this.app.close();
    await this.database.drop();
  }

  /** Runs one attempt and says what became of it; of several attempts, that at `messageId`. */
  private async observe(attempt: () => Promise<unknown>, messageId?: string): Promise<DeliveryResult> {
    const steps: StepTaken[] = [];
    await this.steps.run(steps, attempt);
    const outcome = steps.find(
      (taken) => outcomes.has(taken.step) && (messageId ?? taken.messageId) === taken.messageId,
    );
    if (!outcome) throw new Error(`No attempt was made at ${messageId ?? 'the message'}: is it still retrying?`);
    const ids = steps.filter(({ step }) => step === 'recorded').map((taken) => taken.messageId);
    const recorded = (await readRecorded(this.dataSource, this.options.catalogue, ids)).filter(
      ({ causationId }) => causationId === outcome.messageId,
    );
    return {
      messageId: outcome.messageId,
      state: outcome.step as DeliveryResult['state'],
      error: outcome.detail,
      recorded,
      recordedOf: <Event extends EventContract>(event: Event) =>
        recorded.filter(({ event: { type } }) => type === event.type).map(({ data }) => data as EventData<Event>),
    };
  }
}

/** A spec tries some of a service's consumers: the others are not missed. */
function limitTo(handled: ReadonlySet<string>, catalogue: Catalogue): Catalogue {
  return {
    ...catalogue,
    consumedBy: (service) => catalogue.consumedBy(service).filter(({ event }) => handled.has(event.type)),
  };
}

@Module({})
class HarnessModule {
  static of(options: HarnessOptions & { catalogue: Catalogue }, dataSource: DataSource): DynamicModule {
    const { service, catalogue, settings, imports = [], controllers, providers } = options;
    return {
      module: HarnessModule,
      global: true,
      imports: [
        MessagingModule.forRootAsync({
          service,
          catalogue,
          useFactory: () => ({ ...defaults, ...settings }),
        }),
        ...imports,
      ],
      controllers,
      providers: [...(providers ?? []), { provide: DataSource, useValue: dataSource }],
      exports: [DataSource],
    };
  }
}
