import { types } from 'node:util';

/**
 * Codes of Node's sockets and of Postgres (57P: shutting down or starting up, 53100: disk full, 53300: too many connections, 25006: it takes
 * no writes, as a server that has become the replica).
 */
const awayCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['57P01', '57P02', '57P03', '53100', '53300', '25006', '08000', '08003', '08006'],
]);

/** What pg says without a code when a connection ends, or when none comes within the connection timeout. */
const awayMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection)/;

/** What TypeORM says to the statement after the one that lost the connection. */
const awayNames = new Set(['QueryRunnerAlreadyReleasedError', 'QueryRunnerProviderAlreadyReleasedError']);

/** Whether an error says that the database cannot be reached or can do no work now, rather than that it refuses what it was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  // A host name with several addresses: one error for each of them.
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isDatabaseAway);
  if ('code' in error && awayCodes.has(String(error.code))) return true;
  return awayNames.has(error.name) || awayMessages.test(error.message);
}
