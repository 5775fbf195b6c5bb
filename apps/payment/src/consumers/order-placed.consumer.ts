import { Controller } from '@nestjs/common';
import { type EventData, OrderPlaced } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { DataSource } from 'typeorm';
import { whenPlaced } from '../domain/payment-state';
import { Payment } from '../persistence/payment.entity';
import { mayBeAsking, recordAsking } from '../persistence/record-asking';
import { recordAuthorization } from '../persistence/record-authorization';
import { requestPayment } from '../persistence/request-payment';
import { GatewayOperations } from './gateway-operations';

@Controller()
export class OrderPlacedConsumer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: GatewayOperations,
  ) {}

  /**
   * The intent is committed before the gateway is asked, by the DataSource and deliberately not in delivery.transaction: whoever comes after
   * us, be it a cancel, another message or our own next attempt, must see that the gateway may hold something, whatever becomes of us.
   */
  @Consume(OrderPlaced)
  async authorize(data: EventData<typeof OrderPlaced>, delivery: Delivery): Promise<void> {
    const { manager } = this.dataSource;
    const { orderId, total: amount, currency, payment: means } = data;
    const { payment, isNew } = await requestPayment(manager, { orderId, amount, currency });
    const step = whenPlaced[payment.state];
    if (step === 'release') return await this.giveBack(orderId);
    if (step === 'nothing') return;
    const found = isNew ? undefined : await this.gateway.find(orderId);
    if (!found && !(await recordAsking(manager, orderId))) return await this.authorize(data, delivery);
    const answer = found ?? (await this.gateway.authorize(payment, means.token));
    if (await this.isCancelled(orderId)) return await this.giveBack(orderId);
    await delivery.transaction((tx) => recordAuthorization(tx, orderId, answer));
  }

  /**
   * The broker may have given the message to us while its last owner is at the gateway. The charge of that one may come when we are done, and
   * if its owner cannot give it back, nobody else will: so we are not done before it came, or can come no more.
   */
  private async giveBack(orderId: string): Promise<void> {
    const mayCome = await mayBeAsking(this.dataSource.manager, orderId, this.gateway.patience);
    const isKnown = await this.gateway.release(orderId);
    if (mayCome && !isKnown) throw new Error(`the order ${orderId} is cancelled, and its charge may be on its way`);
  }

  private async isCancelled(orderId: string): Promise<boolean> {
    const { state } = await this.dataSource.manager.findOneByOrFail(Payment, { orderId });
    return whenPlaced[state] === 'release';
  }
}
