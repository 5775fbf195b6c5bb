import { randomUUID } from 'node:crypto';
import type { ServiceDatabase } from '@waybill/service';
import { DataSource } from 'typeorm';

/** A database of a spec's own, with one service's schema, migrated. */
export interface TestDatabase {
  /** Of a superuser: what a runtime role may not do is shown where roles are made. */
  readonly url: string;
  /** Sees the service's schema first, as the service does. */
  readonly dataSource: DataSource;
  /** Closes the connections and removes the database, also when somebody is still connected to it. */
  drop(): Promise<void>;
}

/** The server that jest's globalSetup has started, as its superuser. */
export function testPostgresUrl(): string {
  const url = process.env.WAYBILL_TEST_POSTGRES_URL;
  if (!url) throw new Error('No test Postgres: jest runs tools/test-servers.mjs before *.int.spec.ts');
  return url;
}

export async function createDatabase(database: ServiceDatabase): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '_')}`;
  const url = new URL(testPostgresUrl());
  url.pathname = `/${name}`;
  await onServer((server) => server.query(`create database ${name}`));
  const dataSource = new DataSource({
    type: 'postgres',
    url: url.href,
    entities: [...database.entities],
    migrations: [...database.migrations],
    migrationsTableName: 'migration',
    extra: { options: `-c search_path=${database.schema}` },
  });
  await dataSource.initialize();
  await dataSource.query(`create schema ${database.schema}`);
  await dataSource.runMigrations();
  return {
    url: url.href,
    dataSource,
    drop: async () => {
      await dataSource.destroy();
      await onServer((server) => server.query(`drop database ${name} with (force)`));
    },
  };
}

async function onServer(work: (server: DataSource) => Promise<unknown>): Promise<void> {
  const server = new DataSource({ type: 'postgres', url: testPostgresUrl() });
  await server.initialize();
  try {
    await work(server);
  } finally {
    await server.destroy();
  }
}
