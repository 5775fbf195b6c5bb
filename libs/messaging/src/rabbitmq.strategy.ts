import { Injectable } from '@nestjs/common';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { Handlers } from './inbox/handlers';
import { MessagingRuntime } from './messaging-runtime';

/**
 * The messaging as a Nest transport: Nest finds the handlers and wraps them in the application's guards, pipes, interceptors and
 * filters; what arrives from the broker is run through them.
 */
@Injectable()
export class RabbitMqStrategy extends Server implements CustomTransportStrategy {
  constructor(
    private readonly handlers: Handlers,
    private readonly runtime: MessagingRuntime,
  ) {
    super();
  }

  /** Refuses handlers that do not fit the contracts; does not wait for the broker. */
  listen(callback: (error?: unknown) => void): void {
    try {
      this.handlers.register(this.getHandlers());
      this.runtime.start();
    } catch (error) {
      callback(error);
      return;
    }
    callback();
  }

  /** Drains: see MessagingRuntime.stop. */
  async close(): Promise<void> {
    await this.runtime.stop();
  }

  on(): never {
    throw new Error('This transport has no events of its own: listen to MessageSteps instead');
  }

  unwrap<Underlying>(): Underlying {
    return this.runtime as Underlying;
  }
}
