import { createServer } from 'node:net';

// Below the ranges that Linux (32768) and macOS (49152) take outgoing ports from, so that no client socket gets in between,
// and above what `npm run up` prefers.
const FIRST = 22_000;
const COUNT = 8_000;

/**
 * @param {number} port
 * @returns {Promise<boolean>} whether 127.0.0.1 has nothing listening on this port now
 */
export function isFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error),
    );
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * @param {string[]} names what the ports are for
 * @param {Record<string, number>} [preferred] taken where free
 * @returns {Promise<Record<string, number>>} a distinct free port for each name
 */
export async function choosePorts(names, preferred = {}) {
  /** @type {Record<string, number>} */
  const chosen = {};
  for (const name of names) {
    let port = preferred[name] ?? randomPort();
    while (Object.values(chosen).includes(port) || !(await isFree(port))) port = randomPort();
    chosen[name] = port;
  }
  return chosen;
}

function randomPort() {
  return FIRST + Math.floor(Math.random() * COUNT);
}
