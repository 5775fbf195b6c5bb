import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { EventContract, EventData } from '@waybill/contracts';
import type { Delivery } from './delivery';
import { HandlerErrors } from './handler-errors.interceptor';

export interface ConsumeOptions {
  /**
   * Messages taken from the queue before the first of them is acked; default 10. Small, because what is already taken can no longer
   * be overtaken by a message of higher priority.
   */
  readonly prefetch?: number;
  /**
   * Handles up to so many messages in one transaction, those that have come while the ones before were handled; default 1, at most 500. For handlers
   * that have no effect outside of `delivery.transaction`: when one of a batch fails, all of it is rolled back and each is handled by
   * itself, so a handler may run twice for a message. The default of `prefetch` is twice this then.
   */
  readonly batch?: number;
}

type Handler<Event extends EventContract> = (data: EventData<Event>, delivery: Delivery) => Promise<unknown>;

/**
 * Makes a controller's method the handler of an event: `(data, delivery) => Promise`. A method with another payload type does not
 * compile. Guards, pipes, interceptors and filters work as on any Nest message handler.
 * When the promise resolves, the message is processed; when it rejects, it is retried on a schedule, then kept as a dead letter.
 */
export function Consume<Event extends EventContract>(event: Event, options: ConsumeOptions = {}) {
  const register = applyDecorators(EventPattern(event.type, { event, ...options }), UseInterceptors(HandlerErrors));
  return <Method extends Handler<Event>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    register(target, key, descriptor);
  };
}
