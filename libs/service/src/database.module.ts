import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { databaseOptions, type ServiceDatabase } from './database';
import { Environment, type ServiceEnvironment } from './environment';

/**
 * Brings TypeORM's DataSource. Writes belong into `Transactions.run` and `delivery.transaction`, which give an EntityManager of their
 * transaction; there are no injected repositories, because they would write beside it.
 */
@Module({})
export class DatabaseModule {
  static forRoot(database: ServiceDatabase): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [Environment],
          useFactory: (environment: ServiceEnvironment) =>
            databaseOptions(database, {
              service: database.schema,
              url: environment.DATABASE_URL,
              poolSize: environment.DATABASE_POOL_SIZE,
              onIdleError: (error) => logger.warn(`A connection to the database was lost: ${error.message}`),
            }),
        }),
      ],
    };
  }
}

const logger = new Logger('database');
