import { type ServiceName, services } from '@waybill/contracts';
import { url } from '@waybill/service';
import { z } from 'zod';

const postgres = url('postgres', 'postgresql');
const amqp = url('amqp', 'amqps');

/** What each service logs in with. Its own process gets the same two without the prefix. */
const serviceVariables = Object.assign(
  {},
  ...services.map((service) => ({
    [databaseVariable(service)]: postgres.meta({
      example: `postgres://${service}_service:password@127.0.0.1:5432/waybill`,
    }),
    [brokerVariable(service)]: amqp.meta({ example: `amqp://${service}:password@127.0.0.1:5672/waybill` }),
  })),
) as Record<`${Uppercase<ServiceName>}_${'DATABASE_URL' | 'RABBITMQ_URL'}`, typeof postgres>;

export const provisionEnvironment = z
  .object({
    /** May create roles, and the database or schemas in it. The database that it names is the one that is set up. */
    POSTGRES_ADMIN_URL: postgres.meta({ example: 'postgres://postgres:password@127.0.0.1:5432/waybill' }),
    ...serviceVariables,
    READER_DATABASE_URL: postgres.meta({ example: 'postgres://reader:password@127.0.0.1:5432/waybill' }),
    RABBITMQ_MANAGEMENT_URL: url('http', 'https').meta({ example: 'http://admin:password@127.0.0.1:15672' }),
    TOPOLOGY_RABBITMQ_URL: amqp.meta({ example: 'amqp://topology:password@127.0.0.1:5672/waybill' }),
    RABBITMQ_QUEUE_TYPE: z.enum(['quorum', 'classic']).default('quorum').meta({ example: 'quorum' }),
  })
  .superRefine((environment, context) => {
    const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    for (const name of [...services.map(databaseVariable), 'READER_DATABASE_URL'] as const) {
      if (pathOf(environment[name]) !== pathOf(environment.POSTGRES_ADMIN_URL)) {
        refuse(name, 'must name the database that POSTGRES_ADMIN_URL names');
      }
    }
    for (const service of services) {
      const name = brokerVariable(service);
      if (userOf(environment[name]) !== service) refuse(name, `must log in as the broker user "${service}"`);
      if (pathOf(environment[name]) !== pathOf(environment.TOPOLOGY_RABBITMQ_URL)) {
        refuse(name, 'must name the virtual host that TOPOLOGY_RABBITMQ_URL names');
      }
    }
    refuseSharedRoles(environment, refuse);
  });

export type ProvisionEnvironment = z.infer<typeof provisionEnvironment>;

export function databaseVariable(service: ServiceName) {
  return `${service.toUpperCase() as Uppercase<ServiceName>}_DATABASE_URL` as const;
}

export function brokerVariable(service: ServiceName) {
  return `${service.toUpperCase() as Uppercase<ServiceName>}_RABBITMQ_URL` as const;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Who a URL logs in as. */
export function loginOf(text: string): Login {
  const { username, password } = new URL(text);
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** The database, or virtual host, that a URL names; empty when it names none. */
export function pathOf(text: string): string {
  return decodeURIComponent(new URL(text).pathname.slice(1));
}

function userOf(text: string): string {
  return loginOf(text).user;
}

/** A role that two of them share could do in one schema what it needs in the other. */
function refuseSharedRoles(environment: Record<string, string>, refuse: (name: string, message: string) => void): void {
  const takenBy = new Map([[userOf(environment.POSTGRES_ADMIN_URL ?? ''), 'POSTGRES_ADMIN_URL']]);
  for (const name of [...services.map(databaseVariable), 'READER_DATABASE_URL']) {
    const user = userOf(environment[name] ?? '');
    const other = takenBy.get(user);
    if (other !== undefined) refuse(name, `must log in as a role of its own, not as that of ${other}`);
    takenBy.set(user, name);
  }
}
