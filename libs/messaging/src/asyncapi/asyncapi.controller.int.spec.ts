import { Module } from '@nestjs/common';
import { DatabaseModule, Environment, messagingSettings, serviceEnvironment } from '@waybill/service';
import { createDatabase, startApp, type TestApp, type TestDatabase } from '@waybill/testing';
import { MessagingModule } from '../messaging.module';
import { ledger, testCatalogue } from '../setup.spec';
import { asyncApiDocument } from './document';

@Module({
  imports: [
    DatabaseModule.forRoot(ledger),
    MessagingModule.forRootAsync({
      service: 'payment',
      catalogue: testCatalogue,
      inject: [Environment],
      useFactory: messagingSettings,
    }),
  ],
})
class PaymentModule {}

let postgres: TestDatabase;
let payment: TestApp;

beforeAll(async () => {
  postgres = await createDatabase(ledger);
  payment = await startApp(PaymentModule, {
    service: 'payment',
    environment: serviceEnvironment('payment', 3001),
    databaseUrl: postgres.url(),
    variables: { RABBITMQ_QUEUE_TYPE: 'classic' },
  });
});

afterAll(async () => {
  await payment?.app.close();
  await postgres.drop();
});

test('a service with messaging serves the AsyncAPI document of its catalogue and its type of queues', async () => {
  const { status, headers, body } = await payment.send('GET', '/asyncapi');

  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(body).toEqual(JSON.parse(JSON.stringify(asyncApiDocument(testCatalogue, 'classic'))));
});
