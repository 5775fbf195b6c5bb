import { Logger } from '@nestjs/common';
import { databaseOptions } from '@waybill/service';
import { defer, lastValueFrom, retry, timer } from 'rxjs';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { SandboxEntry } from './sandbox-entry.entity';

/** Injection token of the DataSource that has the sandbox gateway's log: payment's own, unless SANDBOX_GATEWAY_DATABASE_URL names another. */
export const SandboxBooks = Symbol('SandboxBooks');

/** Connections. Each statement of the gateway is short and stands alone. */
const poolSize = 4;

/**
 * Opens books that lie outside payment's database, with the bounds that payment's own has: a Postgres that cannot be reached yet is waited
 * for, one that answers and refuses ends the start. Whoever opens them closes them.
 * @param url of a role that may read and write the table of `0002-log-the-sandbox-gateway`, which is there already, in a schema of this name.
 */
export function openBooks(url: string): Promise<DataSource> {
  const { retryAttempts, retryDelay, toRetry, ...options } = databaseOptions(
    { schema: 'payment_service', entities: [SandboxEntry], migrations: [] },
    {
      service: 'sandbox_gateway',
      url,
      poolSize,
      onIdleError: (error) => logger.warn(`A connection to the sandbox gateway's database was lost: ${error.message}`),
    },
  );
  const retrying = {
    count: retryAttempts,
    delay: (error: Error, attempt: number) => {
      if (!toRetry?.(error)) throw error;
      logger.error(`The sandbox gateway's database cannot be reached (${error.message}). Retrying (${attempt})...`);
      return timer(retryDelay ?? 0);
    },
  };
  return lastValueFrom(defer(() => new DataSource(options as DataSourceOptions).initialize()).pipe(retry(retrying)));
}

const logger = new Logger('SandboxBooks');
