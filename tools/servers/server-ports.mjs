import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePorts } from '../ports.mjs';

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
