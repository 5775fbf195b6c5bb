import type { ServiceDatabase } from '@waybill/service';
import { DataSource } from 'typeorm';

/** Where a schema keeps which of its migrations have run. The runtime role may read it. */
export const migrationTable = 'migration';

/** What runs or undoes migrations of one service, as the owner of its schema. */
export interface Migrator {
  /** Runs what has not run yet, each migration in a transaction of its own. Resolves with their names. */
  run(): Promise<string[]>;
  /** Undoes the latest. Resolves with its name, or undefined when there is none. */
  revert(): Promise<string | undefined>;
  pending(): Promise<boolean>;
}

export async function withMigrator<Result>(
  adminUrl: string,
  owner: string,
  { schema, migrations }: ServiceDatabase,
  work: (migrator: Migrator) => Promise<Result>,
): Promise<Result> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: adminUrl,
    applicationName: 'provision',
    migrations: [...migrations],
    migrationsTableName: migrationTable,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    poolSize: 1,
    extra: { options: `-c role=${owner} -c search_path=${schema}` },
  });
  await dataSource.initialize();
  try {
    return await work({
      run: async () => (await dataSource.runMigrations()).map(({ name }) => name),
      revert: async () => {
        const latest = await latestMigration(dataSource);
        if (latest !== undefined) await dataSource.undoLastMigration();
        return latest;
      },
      pending: () => dataSource.showMigrations(),
    });
  } finally {
    await dataSource.destroy();
  }
}

async function latestMigration(dataSource: DataSource): Promise<string | undefined> {
  const rows: { name: string }[] = await dataSource.query(
    `select name from ${migrationTable} order by id desc limit 1`,
  );
  return rows[0]?.name;
}
