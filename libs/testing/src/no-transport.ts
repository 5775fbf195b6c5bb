import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Handlers } from '../../messaging/src/inbox/handlers';

/** Finds and wraps the handlers as a transport does, and carries nothing. */
export class NoTransport extends Server implements CustomTransportStrategy {
  constructor(
    private readonly handlers: Handlers,
    private readonly handled: Set<string>,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      for (const type of this.getHandlers().keys()) this.handled.add(type);
      this.handlers.register(this.getHandlers());
      callback();
    } catch (error) {
      callback(error);
    }
  }

  close(): void {}

  on(): never {
    throw new Error('This transport has no events');
  }

  unwrap(): never {
    throw new Error('There is nothing behind this transport');
  }
}
