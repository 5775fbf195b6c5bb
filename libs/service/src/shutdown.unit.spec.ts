import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger } from './logging';
import { endConnectionsOnClose, shutDown } from './shutdown';

const log: string[] = [];
const logger = createLogger(
  { service: 'test', LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
  { write: (line) => void log.push(JSON.parse(line).msg) },
);

/** What happened, in order. */
const events: string[] = [];
let answer: () => void;
let arrived: () => void;

@Controller()
class SlowController {
  @Get()
  async slow(): Promise<string> {
    arrived();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    events.push('answered');
    return 'done';
  }
}

@Injectable()
class Drain {
  finish: Promise<void> = Promise.resolve();

  async beforeApplicationShutdown(): Promise<void> {
    await this.finish;
    events.push('drained');
  }
}

@Module({ controllers: [SlowController], providers: [Drain] })
class SlowModule {}

let app: NestFastifyApplication;
let request: Promise<string>;
let closing: Promise<void>;

beforeEach(async () => {
  log.length = 0;
  events.length = 0;
  app = await NestFactory.create<NestFastifyApplication>(SlowModule, new FastifyAdapter(), { logger: false });
  const fastify = app.getHttpAdapter().getInstance();
  endConnectionsOnClose(fastify);
  closing = new Promise((resolve) => {
    fastify.addHook('preClose', async () => resolve());
  });
  await app.listen(0, '127.0.0.1');
  const handling = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await app.getUrl();
  request = fetch(url).then((response) => response.text());
  await handling;
});

afterEach(() => app.close());

test('open requests are answered before anything drains, and their connections end', async () => {
  const stopped = shutDown(app, logger, 10_000);
  await closing;
  answer();

  expect(await request).toBe('done');
  expect(await stopped).toBe(0);
  expect(events).toEqual(['answered', 'drained']);
});

test('a request that does not end is cut after half of the grace, named, and the rest drains', async () => {
  const cut = expect(request).rejects.toThrow('fetch failed');

  expect(await shutDown(app, logger, 100)).toBe(1);

  expect(log).toEqual(['Cut the requests that were still open after 50 ms', 'Stopped']);
  expect(events).toEqual(['drained']);
  await cut;
  answer();
});

test('a drain that does not end within the grace is named', async () => {
  let drained = () => {};
  app.get(Drain).finish = new Promise((resolve) => {
    drained = resolve;
  });
  answer();
  await request;

  expect(await shutDown(app, logger, 200)).toBe(1);

  expect(log).toEqual([expect.stringMatching(/^Not finished within 200 ms: handlers, confirms or receipts/)]);
  drained();
});
