// What a service's start costs at least: Nest on Fastify, TypeORM with the entities of the order service, golevelup's module with its connection up, and
// one controller; nothing of Waybill but the classes of the entities. JavaScript, as whoever ships a service runs it; so the decorators are called by hand.
require('reflect-metadata');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { FastifyAdapter } = require('@nestjs/platform-fastify');
const { RabbitMQModule } = require('@golevelup/nestjs-rabbitmq');
const { TypeOrmModule } = require('@nestjs/typeorm');

const built = join(__dirname, '../../dist');
const entities = ['libs/messaging/src', 'apps/order/src'].flatMap((folder) =>
  readdirSync(join(built, folder), { recursive: true })
    .filter((file) => file.endsWith('.entity.js'))
    .flatMap((file) => Object.values(require(join(built, folder, file)))),
);

class Health {
  async ready() {
    return { status: 'ok' };
  }
}
Get('ready')(Health.prototype, 'ready', Object.getOwnPropertyDescriptor(Health.prototype, 'ready'));
Controller('health')(Health);

class Bare {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env.DATABASE_URL,
      entities,
      poolSize: 10,
      connectTimeoutMS: 5_000,
      extra: {
        options: '-c search_path=order_service',
        statement_timeout: 15_000,
        idle_in_transaction_session_timeout: 60_000,
        keepAlive: true,
      },
    }),
    RabbitMQModule.forRoot({ uri: process.env.RABBITMQ_URL }),
  ],
  controllers: [Health],
})(Bare);

NestFactory.create(Bare, new FastifyAdapter()).then((app) => app.listen(Number(process.env.PORT), '127.0.0.1'));
