import type { ServiceName } from '@waybill/contracts';
import { Client } from 'pg';
import type { Arena } from '../arena';

/** Holds a session of the superuser's own, in a service's schema, while `work` lasts; what it has left open is rolled back. */
export async function withSession<Result>(
  { postgres, system }: Arena,
  schemaOf: ServiceName,
  work: (session: Client) => Promise<Result>,
): Promise<Result> {
  const url = new URL(postgres.url);
  url.pathname = `/${system.database}`;
  const session = new Client({ connectionString: url.href, options: `-c search_path=${schemaOf}_service` });
  await session.connect();
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
