import type { ServerResponse } from 'node:http';
import { types } from 'node:util';
import { Logger as NestPinoLogger, type Params, PinoLogger } from 'nestjs-pino';
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyStream } from './pretty-stream';

export interface LoggingOptions {
  readonly service: string;
  readonly LOG_LEVEL: string;
  /** `auto`: a line for people in a terminal, JSON elsewhere. */
  readonly LOG_FORMAT: 'auto' | 'pretty' | 'json';
}

/** Fields that are objects, and have a serializer that picks what may be told of them. */
const serialized = new Set(['err', 'req', 'res']);

const secretName = /pass|secret|token|authorization|cookie|payload|body|card/i;

/** The password in `scheme://user:password@`, wherever it stands in a line. */
const urlPassword = /(:\/\/[^\s:/@"]*):[^\s/"]*@/g;

/** Nest's own announcements of every module and route, and of an error that it hands on to us. */
const chattyContexts = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
  'ExceptionHandler',
]);

/**
 * The process's logger. What may be logged is a list of what is allowed, so that no body, token or password gets out by a careless call:
 * a field is a plain value (or a list of them) under a name that does not sound secret; of an error only its type, code, message
 * and stack (a database error also carries the parameters of its statement); of a request its method and path.
 * Passwords in URLs are blotted out of every line.
 */
export function createLogger(options: LoggingOptions, destination?: DestinationStream): Logger {
  const pretty = options.LOG_FORMAT === 'pretty' || (options.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  const sink = destination ?? pino.destination({ fd: 1, sync: true });
  return pino(
    {
      level: options.LOG_LEVEL,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: allowedFields },
      serializers: { err: errorFields },
      hooks: { streamWrite: (line) => line.replace(urlPassword, '$1:***@') },
    },
    pretty ? prettyStream(sink) : sink,
  );
}

/** A line per request at debug. */
export function httpLogging(logger: Logger): Params {
  return {
    pinoHttp: {
      logger,
      quietReqLogger: true,
      customLogLevel: () => 'debug',
      wrapSerializers: false,
      serializers: {
        err: errorFields,
        req: (request: Request) => ({ method: request.method, path: pathOf(request) }),
        res: (response: ServerResponse) => ({ status: statusOf(response) }),
      },
      customSuccessMessage: (request, response, time) => accessLine(request, response, time),
      customErrorMessage: (request, response) => accessLine(request, response),
    },
  };
}

/** Nest's logger on top of the process's. */
export class NestLogger extends NestPinoLogger {
  constructor(logger: Logger) {
    super(new PinoLogger({ pinoHttp: { logger } }), {});
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (chattyContexts.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (chattyContexts.has(String(rest.at(-1)))) super.debug(message, ...rest);
    else super.error(message, ...rest);
  }
}

function allowedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) => serialized.has(name) || (!secretName.test(name) && isPlain(value)),
    ),
  );
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object');
  return typeof value !== 'object' || value === null || value instanceof Date;
}

function errorFields(error: unknown): Record<string, unknown> {
  if (!types.isNativeError(error)) return { type: typeof error };
  return {
    type: error.name,
    ...('code' in error && { code: String(error.code) }),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: errorFields(error.cause) }),
  };
}

function accessLine(request: Request, response: ServerResponse, time?: number): string {
  const duration = time === undefined ? '' : ` in ${time} ms`;
  return `${request.method} ${pathOf(request)} ${statusOf(response)}${duration}`;
}

/** What a middleware sees in `url` is relative to where it is mounted. */
interface Request {
  readonly method?: string;
  readonly url?: string;
  readonly originalUrl?: string;
}

function pathOf({ originalUrl, url = '' }: Request): string {
  const [path = ''] = (originalUrl ?? url).split('?', 1);
  return path;
}

/** A client may leave before it is answered. */
function statusOf(response: ServerResponse): number | 'aborted' {
  return response.writableEnded ? response.statusCode : 'aborted';
}
