import autocannon from 'autocannon';

export interface HttpLoad {
  /** Of what is asked, with its path. */
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Sent as JSON, one after the other and from the first again. */
  readonly bodies: readonly object[];
}

/**
 * Posts as fast as the answers come, one request at a time on each of the connections, which stay open; each with an Idempotency-Key of its own.
 * @returns the answers a second.
 * @throws Error when one is not a 201.
 */
export async function postAll({ url, connections, seconds, bodies }: HttpLoad): Promise<number> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': '[<id>]' };
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    idReplacement: true,
    requests: bodies.map((body) => ({ method: 'POST', headers, body: JSON.stringify(body) })),
  });
  const { errors, timeouts, statusCodeStats = {}, duration } = result;
  const created = statusCodeStats['201']?.count ?? 0;
  if (errors + timeouts > 0 || Object.keys(statusCodeStats).some((status) => status !== '201')) {
    throw new Error(`Not all of ${url} was a 201: ${JSON.stringify({ statusCodeStats, errors, timeouts })}`);
  }
  return created / duration;
}
