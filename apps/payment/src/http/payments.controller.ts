import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Payment } from '../persistence/payment.entity';
import { OrderIdDto } from './order-id.dto';
import { PaymentDto, paymentDto } from './payment.dto';

@ApiTags('payments')
@Controller('payments')
export class PaymentsController {
  constructor(private readonly dataSource: DataSource) {}

  @Get(':orderId')
  @ApiOperation({ summary: "What became of an order's payment." })
  @ApiOkResponse({ type: PaymentDto })
  @ApiNotFoundResponse({ description: 'code payment-not-found' })
  async find(@Param() { orderId }: OrderIdDto): Promise<PaymentDto> {
    const payment = await this.dataSource.manager.findOneBy(Payment, { orderId });
    if (!payment) {
      throw new NotFoundException({
        code: 'payment-not-found',
        detail: `There is no payment for the order ${orderId}.`,
      });
    }
    return paymentDto(payment);
  }
}
