import type { LoggerService, LogLevel } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'debug' | 'error' | 'fatal' | 'info' | 'trace' | 'warn';

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

/** What Nest calls the levels of pino, from the lowest. */
const levels: readonly (readonly [pino: string, nest: LogLevel])[] = [
  ['trace', 'verbose'],
  ['debug', 'debug'],
  ['info', 'log'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
];

/** Nest's names of the levels that are written, for those who ask before they make a line. */
export function enabledLevels(logger: Logger): LogLevel[] {
  return levels.filter(([level]) => logger.isLevelEnabled(level)).map(([, nest]) => nest);
}

/**
 * Nest's logger on top of the process's. A call is a message and its context; or fields, a message for them if `msg` is not one of them, and the
 * context; or, from Nest itself, an error's message, its stack, and the context.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(isChatty(rest) ? 'debug' : 'info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write(isChatty(rest) ? 'debug' : 'error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const [text] = rest.slice(0, -1);
    if (message instanceof Error) this.logger[level]({ context, err: message });
    else if (typeof message === 'object') this.logger[level]({ context, ...message }, text as string | undefined);
    else if (isStack(text))
      this.logger[level]({ context, err: Object.assign(new Error(String(message)), { stack: text }) });
    else this.logger[level]({ context }, String(message));
  }
}

function isStack(text: unknown): boolean {
  return typeof text === 'string' && /\n\s*at /.test(text);
}

function isChatty(rest: readonly unknown[]): boolean {
  return chattyContexts.has(String(rest.at(-1)));
}
