import { Body, Controller, Get, HttpException, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { createApp } from './create-app';
import { parseEnvironment, serviceEnvironment } from './environment';
import { createLogger } from './logging';
import { text } from './text';

class GreetingDto extends createZodDto(z.strictObject({ name: text(10), times: z.int().min(1).max(3).default(1) })) {}

@Controller()
class GreetingController {
  @Post('greetings')
  greet(@Body() { name, times }: GreetingDto): { said: string } {
    return { said: Array(times).fill(name).join(' ') };
  }

  @Post('bodiless')
  bodiless(): { done: true } {
    return { done: true };
  }

  @Get('bug')
  bug(): never {
    throw Object.assign(new Error('password is hunter2'), { query: 'select hunter2' });
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException({ code: 'short-and-stout', detail: 'No coffee.' }, 418);
  }

  @Get('away')
  away(): never {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }
}

@Module({ controllers: [GreetingController] })
class GreetingModule {}

const log: string[] = [];
let app: NestFastifyApplication;

beforeAll(async () => {
  const environment = parseEnvironment(serviceEnvironment('greeter', 3000), {
    DATABASE_URL: 'postgres://u:p@127.0.0.1/d',
    RABBITMQ_URL: 'amqp://greeter:p@127.0.0.1/v',
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'json',
  });
  const logger = createLogger({ service: 'greeter', ...environment }, { write: (line) => void log.push(line) });
  app = await createApp(GreetingModule, { service: 'greeter', environment, logger });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

beforeEach(() => {
  log.length = 0;
});

afterAll(() => app.close());

async function send(method: 'GET' | 'POST', url: string, payload?: string, contentType = 'application/json') {
  const headers = payload === undefined ? {} : { 'content-type': contentType };
  const response = await app.inject({ method, url, payload, headers });
  return { status: response.statusCode, type: response.headers['content-type'], body: response.json() };
}

test('a request that fits is answered', async () => {
  expect(await send('POST', '/greetings', '{"name":"Ada","times":2}')).toMatchObject({
    status: 201,
    body: { said: 'Ada Ada' },
  });
});

test.each([
  ['{"name":"Ada","title":"Lady","rank":1}', ['title', 'rank']],
  ['{"name":"Ada","times":0}', ['times']],
  ['{"name":"Ada","times":1.5}', ['times']],
  ['{"name":7,"times":"2"}', ['name', 'times']],
  ['{"name":""}', ['name']],
  ['{"name":"a\\u0000b"}', ['name']],
  ['{"name":"much too long"}', ['name']],
  ['[]', ['body']],
  ['null', ['body']],
  ['""', ['body']],
  ['', ['body']],
])('%s is refused by the names of its fields', async (payload, fields) => {
  const { status, type, body } = await send('POST', '/greetings', payload);

  expect(status).toBe(400);
  expect(type).toMatch('application/problem+json');
  expect(body).toMatchObject({ status: 400, code: 'validation-failed', title: 'Bad request' });
  expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
});

test.each([
  ['malformed JSON', 'POST', '/greetings', '{', 'application/json', 400, 'malformed-json', 'body'],
  ['a prototype', 'POST', '/greetings', '{"__proto__":{}}', 'application/json', 400, 'forbidden-key', '__proto__'],
  ['a large body', 'POST', '/greetings', 'x'.repeat(65 * 1024), 'application/json', 413, 'payload-too-large', 'body'],
  ['plain text', 'POST', '/greetings', 'Ada', 'text/plain', 415, 'unsupported-media-type', 'content-type'],
  [
    'a form',
    'POST',
    '/greetings',
    'name=Ada',
    'application/x-www-form-urlencoded',
    415,
    'unsupported-media-type',
    'content-type',
  ],
  ['a broken URL', 'GET', '/greetings/%', undefined, '', 400, 'malformed-url', 'url'],
] as const)(
  '%s is a problem that names what is at fault',
  async (_case, method, url, payload, contentType, status, code, field) => {
    const answer = await send(method, url, payload, contentType);

    expect(answer).toMatchObject({ status, body: { status, code, errors: [{ field }] } });
    expect(answer.type).toMatch('application/problem+json');
  },
);

test('an unknown route is a problem', async () => {
  expect(await send('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } });
});

test('a route without a body takes none', async () => {
  expect(await send('POST', '/bodiless')).toMatchObject({ status: 201 });
  expect(await send('POST', '/bodiless', '')).toMatchObject({ status: 201 });
});

test('an HttpException keeps its own code', async () => {
  expect(await send('GET', '/teapot')).toMatchObject({
    status: 418,
    body: { code: 'short-and-stout', detail: 'No coffee.' },
  });
});

test('an error of ours tells the client nothing, and the log what it was', async () => {
  const { status, body } = await send('GET', '/bug?token=hunter3');

  expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal-error' });
  expect(JSON.stringify(body)).not.toContain('hunter2');
  const logged = log.map((line) => JSON.parse(line)).find(({ level }) => level === 'error');
  expect(logged).toMatchObject({ msg: 'GET /bug failed', err: { message: 'password is hunter2' } });
  expect(log.join()).not.toContain('hunter3');
  expect(log.join()).not.toContain('select hunter2');
});

test('a database that is away is a 503', async () => {
  expect(await send('GET', '/away')).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
});

test('each request is a line at debug', async () => {
  await send('POST', '/greetings', '{"name":"Ada"}');

  const access = log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.startsWith('POST'));
  expect(access).toEqual([
    expect.objectContaining({ level: 'debug', msg: expect.stringMatching(/^POST \/greetings 201 in/) }),
  ]);
  expect(log.join()).not.toContain('Ada');
});

test('the API is described, strictness included', async () => {
  const { body } = await send('GET', '/docs-json');

  expect(body.paths).toHaveProperty('/greetings');
  expect(body.components.schemas.GreetingDto).toMatchObject({ additionalProperties: false, required: ['name'] });
});

test('answers carry security headers, and none that insists on TLS', async () => {
  const { headers } = await app.inject({ method: 'GET', url: '/docs' });

  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
  expect(headers).not.toHaveProperty('strict-transport-security');
});
