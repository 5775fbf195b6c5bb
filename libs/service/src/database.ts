import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { EntitySchema, MigrationInterface } from 'typeorm';
import { isDatabaseAway } from './database-away';
import { TransactionClient } from './transaction-client';

/** What a service keeps in Postgres. Listed by hand, so that nothing joins in by lying in the right folder. */
export interface ServiceDatabase {
  /** The service's own schema, of which its runtime role may read and write the tables and change no definition. */
  readonly schema: string;
  // biome-ignore lint/complexity/noBannedTypes: TypeORM's own type of an entity class
  readonly entities: readonly (Function | EntitySchema)[];
  /** Run by the provision job as the schema's owner, never by the service. In the order of their numbers. */
  readonly migrations: readonly (new () => MigrationInterface)[];
}

export interface DatabaseOptions {
  readonly service: string;
  readonly url: string;
  readonly poolSize: number;
  /** Told about a connection that broke while nobody used it. */
  readonly onIdleError: (error: Error) => void;
}

/** Milliseconds. A statement of a service takes a few; one that takes this long waits for something that is stuck. */
const statementTimeout = 15_000;

/** Milliseconds. A server that could speak would have ended the statement by then: it is gone, or frozen, or the network drops its answers. */
const answerTimeout = 20_000;

/** Milliseconds. Longer than any handler should hold a transaction open between two statements. */
const idleTransactionTimeout = 60_000;

/** Milliseconds to get a connection, new or from the pool. */
const connectTimeout = 5_000;

const startAttempts = 60;
const startDelay = 1_000;

/**
 * How a service connects. At start, a Postgres that cannot be reached is tried once a second for about a minute (each attempt is
 * logged), then the service exits; a Postgres that answers and refuses (a wrong password, no such database) ends the start at once.
 * Afterwards a lost connection costs the statements on it and no more: the pool opens another. One that does not answer is lost after 20 s.
 */
export function databaseOptions(database: ServiceDatabase, options: DatabaseOptions): TypeOrmModuleOptions {
  return {
    type: 'postgres',
    url: options.url,
    applicationName: options.service,
    entities: [...database.entities],
    synchronize: false,
    migrationsRun: false,
    poolSize: options.poolSize,
    connectTimeoutMS: connectTimeout,
    poolErrorHandler: options.onIdleError,
    retryAttempts: startAttempts,
    retryDelay: startDelay,
    toRetry: isDatabaseAway,
    verboseRetryLog: true,
    extra: {
      Client: TransactionClient,
      // Statements that do not wait for each other's answers are sent without waiting, in their order.
      pipeline: true,
      answerTimeout,
      // A statement of a service ends before its compilation would.
      options: `-c search_path=${database.schema} -c jit=off`,
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: idleTransactionTimeout,
      keepAlive: true,
    },
  };
}
