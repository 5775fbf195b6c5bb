import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { choosePorts } from '../ports.mjs';

/** A killed server's last threads may hold its ports for a moment longer. */
const RELEASED_WITHIN = 5_000;

/**
 * Ports that a server keeps from start to start, so that what is connected to it finds it again. Another is taken only where
 * somebody else has taken the port meanwhile.
 * @param {string} home where they are remembered
 * @param {string[]} names
 * @param {Record<string, number>} [preferred] for the first start
 * @returns {Promise<Record<string, number>>}
 */
export async function rememberedPorts(home, names, preferred = {}) {
  const file = join(home, 'ports.json');
  const remembered = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const ports = await choosePorts(names, { ...preferred, ...remembered });
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

/**
 * Before a server is started again: else whoever has its port now would be taken for it.
 * @param {string} server for the error
 * @param {number[]} ports
 * @param {string} [host]
 * @returns {Promise<void>} fails when one stays taken
 */
export async function awaitFreePorts(server, ports, host) {
  for (const deadline = Date.now() + RELEASED_WITHIN; ; await delay(50)) {
    const isTaken = await Promise.all(ports.map((port) => accepts(port, host)));
    const taken = ports.filter((_, at) => isTaken[at]);
    if (taken.length === 0) return;
    if (Date.now() < deadline) continue;
    throw new Error(`port ${taken.join(' and ')} of ${server} was taken by another program meanwhile: end that one`);
  }
}

/** @param {number} port @param {string} [host] @returns {Promise<boolean>} whether anything listens there */
export function accepts(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
