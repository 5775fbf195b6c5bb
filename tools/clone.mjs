import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this clone. */
export const CLONE = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that the tools write is in here, and nothing outside of it. */
export const WORKSPACE = join(CLONE, '.waybill');
