import { join } from 'node:path';
import { type ServiceName, services } from '@waybill/contracts';
import type { ServiceEnvironment } from '@waybill/service';
import type { z } from 'zod';
import { root } from './markdown';

/** What each service reads from its environment: `loyaltyEnvironment` of apps/loyalty/src/environment.ts, and so on. */
export const serviceEnvironments = Object.fromEntries(
  services.map((name) => [name, require(join(root, 'apps', name, 'src/environment'))[`${name}Environment`]]),
) as Record<ServiceName, z.ZodObject & z.ZodType<ServiceEnvironment>>;
