import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { EventData } from '@waybill/contracts';
import { createHarness, type Harness } from '@waybill/testing';
import { map, throwError } from 'rxjs';
import { PermanentError } from '../permanent-error';
import { Cancelled, ledger, Placed, testCatalogue } from '../setup.spec';
import { Consume } from './consume.decorator';
import type { Delivery } from './delivery';
import { order } from './setup.spec';

// What an application sets up for all its controllers works on consumers as it does on HTTP.

const seen: string[] = [];

@Injectable()
class Counter {
  count = 0;
}

@Injectable()
class Guard implements CanActivate {
  constructor(private readonly counter: Counter) {}

  canActivate(context: ExecutionContext): boolean {
    const delivery = context.switchToRpc().getContext<Delivery>();
    this.counter.count++;
    seen.push(`guard ${context.getType()} ${delivery.type}`);
    return delivery.priority !== 'bulk';
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    seen.push('interceptor before');
    return next.handle().pipe(map(() => seen.push('interceptor after')));
  }
}

@Injectable()
class Pipe implements PipeTransform {
  transform(value: unknown) {
    const { note } = value as { note?: string };
    if (note === 'refuse') throw new PermanentError('refused by a pipe');
    seen.push(`pipe ${(value as { constructor: { name: string } }).constructor.name}`);
    return value;
  }
}

class Odd extends Error {}

@Catch(Odd)
class Filter implements ExceptionFilter {
  catch(error: Odd, _host: ArgumentsHost) {
    seen.push('filter');
    return throwError(() => new PermanentError(`made permanent: ${error.message}`));
  }
}

@Controller({ scope: Scope.REQUEST })
class PlacedConsumer {
  @Consume(Placed)
  async placed(data: EventData<typeof Placed>, delivery: Delivery) {
    seen.push('handler');
    if (data.note === 'odd') throw new Odd('odd');
    if (data.note === 'permanent') throw new PermanentError('never');
    await delivery.transaction(async () => undefined);
  }
}

@Controller()
class CancelledConsumer {
  @UseGuards(Guard)
  @Consume(Cancelled)
  async cancelled(_data: EventData<typeof Cancelled>, delivery: Delivery) {
    await delivery.transaction(async () => undefined);
  }
}

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({
    service: 'payment',
    database: ledger,
    catalogue: testCatalogue,
    controllers: [PlacedConsumer, CancelledConsumer],
    providers: [
      Counter,
      { provide: APP_GUARD, useClass: Guard },
      { provide: APP_INTERCEPTOR, useClass: Interceptor },
      { provide: APP_PIPE, useClass: Pipe },
      { provide: APP_FILTER, useClass: Filter },
    ],
  });
});
beforeEach(() => seen.splice(0));
afterAll(() => harness.close());

it('a message goes through guard, interceptor and pipe to its handler', async () => {
  expect(await harness.deliver(Placed, order)).toMatchObject({ state: 'processed' });

  expect(seen).toEqual([
    'guard rpc order.placed',
    'interceptor before',
    'pipe Object',
    'pipe HandledDelivery',
    'handler',
    'interceptor after',
  ]);
  expect(harness.app.get(Counter).count).toBe(1);
});

it('a guard that says no is a failure of the message, and the handler does not run', async () => {
  const { state, error } = await harness.deliver(Placed, order, { priority: 'bulk' });

  expect([state, error]).toEqual(['retrying', 'Forbidden resource']);
  expect(seen).toEqual(['guard rpc order.placed']);
});

it('what a pipe throws is what the message fails by', async () => {
  const { state, error } = await harness.deliver(Placed, { ...order, note: 'refuse' });

  expect([state, error]).toEqual(['dead', 'PermanentError: refused by a pipe']);
});

it('a filter may say what an error means', async () => {
  const { state, error } = await harness.deliver(Placed, { ...order, note: 'odd' });

  expect([state, error]).toEqual(['dead', 'PermanentError: made permanent: odd']);
  expect(seen).toContain('filter');
});

it('an error that no filter takes is what the handler threw', async () => {
  const { state, error } = await harness.deliver(Placed, { ...order, note: 'permanent' });

  expect([state, error]).toEqual(['dead', 'PermanentError: never']);
});

it('a guard of one handler works beside those of all', async () => {
  expect(await harness.deliver(Cancelled, order)).toMatchObject({ state: 'processed' });

  expect(seen.filter((line) => line.startsWith('guard'))).toHaveLength(2);
});
