import { z } from 'zod';
import { duration } from './duration';

/**
 * What every service reads from its environment. A service that reads more extends it in its own `environment.ts`.
 * Each variable carries an example for the message that a wrong value gets.
 * @param service also the name that RABBITMQ_URL must log in as: the broker stamps it on every message, and receivers check it.
 */
export function serviceEnvironment(service: string, defaultPort: number) {
  const variables = z.object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('development').meta({ example: 'production' }),
    HOST: z.string().default('127.0.0.1').meta({ example: '127.0.0.1' }),
    PORT: wholeNumber(0, 65_535, defaultPort),
    DATABASE_URL: url('postgres', 'postgresql').meta({
      example: `postgres://${service}_service:password@127.0.0.1:5432/waybill`,
    }),
    DATABASE_POOL_SIZE: wholeNumber(2, 200, 10),
    RABBITMQ_URL: url('amqp', 'amqps')
      .refine((value) => userOf(value) === service, {
        error: `must log in as the broker user "${service}": its name is the sender that receivers check`,
      })
      .meta({ example: `amqp://${service}:password@127.0.0.1:5672/waybill` }),
    RABBITMQ_QUEUE_TYPE: z.enum(['quorum', 'classic']).default('quorum').meta({ example: 'quorum' }),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info').meta({ example: 'info' }),
    LOG_FORMAT: z.enum(['auto', 'pretty', 'json']).default('auto').meta({ example: 'json' }),
    SHUTDOWN_GRACE: duration.prefault('20s').meta({ example: '20s' }),
    HANDLER_DEADLINE: duration.prefault('30s').meta({ example: '30s' }),
    RETRY_BASE: duration.prefault('1s').meta({ example: '1s' }),
    MAX_ATTEMPTS: wholeNumber(1, 100, 8),
    OVERDUE_AFTER: duration.prefault('30s').meta({ example: '30s' }),
    RETENTION: duration.prefault('30d').meta({ example: '30d' }),
    CRASH_AT: z.string().optional().meta({ example: 'before:settled' }),
  });
  return variables.refine(({ CRASH_AT, NODE_ENV }) => CRASH_AT === undefined || NODE_ENV !== 'production', {
    path: ['CRASH_AT'],
    error: 'must not be set where NODE_ENV is production: it kills the process',
  });
}

export type ServiceEnvironment = z.infer<ReturnType<typeof serviceEnvironment>>;

/** Injection token of the validated environment, `ServiceEnvironment` or a service's own extension of it. */
export const Environment = Symbol('Environment');

/** A URL of one of these schemes (without `://`). */
export function url(...schemes: string[]) {
  const wanted = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.string().refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)), {
    error: `must be a URL that starts with ${wanted}`,
  });
}

/** Every variable that is wrong, in lines that name it, say what is wrong, and give an example; never its value. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * @param source an empty value counts as a missing one.
 * @throws EnvironmentError
 */
export function parseEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  source: NodeJS.ProcessEnv,
): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    // A variable that is not set has its default: what is wrong with that is a matter of another one.
    const wrong = name in given || issue.code === 'custom' ? issue.message : 'is missing';
    const variable: z.ZodType | undefined = schema.shape[name];
    return `  ${name} ${wrong}. Example: ${name}=${variable?.meta()?.example}`;
  });
  throw new EnvironmentError(`The environment does not fit:\n${lines.join('\n')}`);
}

/** Validates the process's environment; where it does not fit, prints every problem at once and exits with 1. */
export function loadEnvironment<Schema extends z.ZodObject>(schema: Schema): z.infer<Schema> {
  try {
    return parseEnvironment(schema, process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n.env.example lists every variable with its meaning.\n`);
    process.exit(1);
  }
}

/** The environment in the words of the messaging module's settings. Times are in milliseconds. */
export function messagingSettings(environment: ServiceEnvironment) {
  return {
    brokerUrl: environment.RABBITMQ_URL,
    queueType: environment.RABBITMQ_QUEUE_TYPE,
    handlerDeadline: environment.HANDLER_DEADLINE,
    retryBase: environment.RETRY_BASE,
    maxAttempts: environment.MAX_ATTEMPTS,
    overdueAfter: environment.OVERDUE_AFTER,
    retention: environment.RETENTION,
    crashAt: environment.CRASH_AT,
  };
}

function wholeNumber(minimum: number, maximum: number, fallback: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, { error: `must be from ${minimum} to ${maximum}` })
    .prefault(String(fallback))
    .meta({ example: String(fallback) });
}

function userOf(value: string): string | undefined {
  return URL.canParse(value) ? decodeURIComponent(new URL(value).username) : undefined;
}
