import { types } from 'node:util';
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyStream } from './pretty-stream';
import { turnStream } from './turn-stream';

export interface LoggingOptions {
  readonly service: string;
  readonly LOG_LEVEL: string;
  /** `auto`: a line for people in a terminal, JSON elsewhere. */
  readonly LOG_FORMAT: 'auto' | 'pretty' | 'json';
}

const secretName = /pass|secret|token|authorization|cookie|payload|body|card/i;

/** The password in `scheme://user:password@`, wherever it stands in a line. */
const urlPassword = /(:\/\/[^\s:/@"]*):[^\s/"]*@/g;

/**
 * The process's logger. What may be logged is a list of what is allowed, so that no body, token or password gets out by a careless call:
 * a field is a plain value (or a list of them) under a name that does not sound secret; of an error (`err`) only its type, code,
 * message and stack, for a database error also carries the parameters of its statement. Passwords in URLs are blotted out of every line.
 */
export function createLogger(options: LoggingOptions, destination?: DestinationStream): Logger {
  const pretty = options.LOG_FORMAT === 'pretty' || (options.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  const sink = destination ?? turnStream();
  return pino(
    {
      level: options.LOG_LEVEL,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: allowedFields },
      serializers: { err: errorFields },
      hooks: { streamWrite: (line) => (line.includes('@') ? line.replace(urlPassword, '$1:***@') : line) },
    },
    pretty ? prettyStream(sink) : sink,
  );
}

function allowedFields(fields: Record<string, unknown>): Record<string, unknown> {
  const allowed: Record<string, unknown> = {};
  for (const name in fields) {
    if (name === 'err' || (isPlain(fields[name]) && !soundsSecret(name))) allowed[name] = fields[name];
  }
  return allowed;
}

/** Of the names that have been asked for: those of fields stand in the code, so they are few. */
const sounds = new Map<string, boolean>();

function soundsSecret(name: string): boolean {
  const known = sounds.get(name);
  if (known !== undefined) return known;
  const answer = secretName.test(name);
  sounds.set(name, answer);
  return answer;
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
