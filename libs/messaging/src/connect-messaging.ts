import type { INestApplication } from '@nestjs/common';
import { RabbitMqStrategy } from './rabbitmq.strategy';

/**
 * Attaches the messaging to an application that imports MessagingModule; `app.startAllMicroservices()` starts it and `app.close()`
 * drains it, after the HTTP server and before the database.
 */
export function connectMessaging(app: INestApplication): void {
  app.connectMicroservice({ strategy: app.get(RabbitMqStrategy) }, { inheritAppConfig: true });
}
