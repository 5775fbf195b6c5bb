import { startServerHost } from './server-host';

/** A Postgres of a spec's own, for what concerns the whole server, such as roles. */
export interface OwnPostgres {
  /** Of its superuser. */
  readonly url: string;
  /** Ends it and removes its files. */
  end(): Promise<void>;
}

/** Takes about two seconds. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const { ask, end } = startServerHost();
  const { url } = await ask({ do: 'start', kind: 'postgres' });
  return { url: url as string, end };
}
