import { Query, type QueryResult } from 'pg';
import { AnsweredClient } from './answered-client';

/** An insert of values, or of rows that `unnest` or `values` makes of parameters. */
const insert = /^\s*insert\s/i;
const readsTables = /\b(?:from|join|using)\s+(?!(?:unnest|\(\s*values)\s*\()/i;

/** Statements that a connection keeps at most. Each is memory of the server's, for every connection. */
const most = 200;

/** The same for all connections, which each prepare for themselves. */
const names = new Map<string, string>();

/**
 * A connection that has inserts with parameters parsed and planned once, and not each time: for an insert, that costs the server more than to do
 * it. Only inserts, for they have one plan. How others are best done depends on what is in the tables, and a plan that was made for an empty one
 * would still be used when it is full. (After a migration that gives another type to a column that such an insert returns, the
 * services must be restarted.)
 */
export class PreparingClient extends AnsweredClient {
  // biome-ignore lint/suspicious/noExplicitAny: stands for all overloads of pg's query
  override query(...args: any[]): any {
    const [text, values, callback] = args;
    const name = callback === undefined ? nameOf(text, values) : undefined;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    if (name === undefined) return super.query(...(args as [any]));
    return new Promise((resolve, reject) => {
      const query = new Query(text, values);
      const done = (error: Error | undefined, result: QueryResult) => (error ? reject(error) : resolve(result));
      // As an object of options it would be copied property by property.
      super.query(Object.assign(query, { name, callback: done }));
    });
  }
}

/** Of the prepared statement. Undefined: it is to be sent as it is. */
export function nameOf(text: unknown, values?: readonly unknown[]): string | undefined {
  if (typeof text !== 'string' || !values?.length || !values.every(isPlain)) return undefined;
  const known = names.get(text);
  if (known !== undefined || names.size >= most) return known;
  if (!insert.test(text) || readsTables.test(text)) return undefined;
  const name = `insert-${names.size + 1}`;
  names.set(text, name);
  return name;
}

/** Of others, writing them out may fail when the statement has been sent, and pg would believe for ever that it is prepared. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array;
}
