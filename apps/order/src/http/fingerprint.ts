import { createHash } from 'node:crypto';

/**
 * SHA-256 of a validated body: the same for the same values, whatever the white space, the order of the keys, and whether a default was
 * spelt out. The order within lists counts.
 */
export function fingerprintOf(body: object): Buffer {
  return createHash('sha256').update(JSON.stringify(body, sortKeys)).digest();
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
