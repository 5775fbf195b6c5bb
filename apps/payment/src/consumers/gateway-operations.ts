import { Inject, Injectable } from '@nestjs/common';
import { PermanentError } from '@waybill/messaging';
import { Environment } from '@waybill/service';
import {
  type Authorization,
  type GatewayOperation,
  operationKey,
  PaymentGateway,
  type Settlement,
} from '../domain/payment-gateway';
import type { PaymentEnvironment } from '../environment';
import { amountOf, type Payment } from '../persistence/payment.entity';

/** What the gateway does for an order: each operation under its key, and within the time that it has. */
@Injectable()
export class GatewayOperations {
  constructor(
    private readonly gateway: PaymentGateway,
    @Inject(Environment) private readonly environment: Pick<PaymentEnvironment, 'GATEWAY_TIMEOUT'>,
  ) {}

  /** Milliseconds after which a call has ended, whatever became of whoever made it. */
  get patience(): number {
    return this.environment.GATEWAY_TIMEOUT;
  }

  authorize(payment: Payment, token: string): Promise<Authorization> {
    const { orderId } = payment;
    const request = { key: operationKey(orderId, 'authorize'), orderId, ...amountOf(payment), token };
    return this.ask('authorize', (signal) => this.gateway.authorize(request, signal));
  }

  /** What became of the authorisation; undefined when there is none. */
  find(orderId: string): Promise<Authorization | undefined> {
    return this.ask('find', (signal) => this.gateway.find(operationKey(orderId, 'authorize'), signal));
  }

  async capture(orderId: string): Promise<Settlement> {
    const held = await this.find(orderId);
    if (held?.outcome !== 'approved') throw new Error('the payment gateway holds nothing for the order');
    const request = { key: operationKey(orderId, 'capture'), authorization: held.reference };
    return await this.ask('capture', (signal) => this.gateway.capture(request, signal));
  }

  /**
   * Gives back what the gateway holds for the order, if it does. Finds that out itself, because an answer may have been lost.
   * @returns whether the gateway knows of an authorisation, held or declined.
   * @throws PermanentError when the gateway declines: a person has to look.
   */
  async release(orderId: string): Promise<boolean> {
    const held = await this.find(orderId);
    if (held?.outcome !== 'approved') return held !== undefined;
    const request = { key: operationKey(orderId, 'void'), authorization: held.reference };
    const answer = await this.ask('void', (signal) => this.gateway.void(request, signal));
    if (answer.outcome === 'declined') {
      throw new PermanentError(`the payment gateway does not give back what it holds: ${answer.reason}`);
    }
    return true;
  }

  private async ask<Answer>(
    what: GatewayOperation | 'find',
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const { GATEWAY_TIMEOUT } = this.environment;
    const signal = AbortSignal.timeout(GATEWAY_TIMEOUT);
    try {
      return await call(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(`the payment gateway did not answer ${what} within ${GATEWAY_TIMEOUT} ms`, { cause: error });
    }
  }
}
