import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this clone. */
export const CLONE = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything that the tools write is in here, and nothing outside of it. */
export const WORKSPACE = join(CLONE, '.waybill');

/** For every process that compiles: swc unpacks its binary into the user's home otherwise. */
export const COMPILER_ENVIRONMENT = { SWC_NATIVE_BINDING_CACHE: join(WORKSPACE, 'cache', 'swc') };
