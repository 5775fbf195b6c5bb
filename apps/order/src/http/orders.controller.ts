import {
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  Post,
  Res,
  UnprocessableEntityException,
} from '@nestjs/common';
import {
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { UnknownSkuError } from '../domain/pricing';
import { type Answer, KeptAnswers } from '../persistence/kept-answers';
import { placeOrder } from '../persistence/place-order';
import { findOrder, type PlacedOrder } from '../persistence/placed-order';
import { fingerprintOf } from './fingerprint';
import { IdempotencyKey, idempotencyKeyHeader } from './idempotency-key.decorator';
import { OrderDto, orderDto } from './order.dto';
import { OrderIdDto } from './order-id.dto';
import { PlaceOrderDto } from './place-order.dto';
import { type Reply, sendAnswer } from './send-answer';

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly keptAnswers: KeptAnswers,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Takes an order, priced from the price list. Works while the broker is away.' })
  @ApiHeader(idempotencyKeyHeader)
  @ApiCreatedResponse({ type: OrderDto })
  @ApiConflictResponse({ description: 'code order-in-progress: ask again after the seconds of Retry-After' })
  @ApiUnprocessableEntityResponse({ description: 'code unknown-sku or idempotency-key-reused' })
  async place(
    @Body() body: PlaceOrderDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const request =
      key === undefined ? undefined : { customerId: body.customerId, key, fingerprint: fingerprintOf(body) };
    const outcome = await this.keptAnswers
      .answerOnce(request, async (tx) => answerOf(await placeOrder(tx, body)))
      .catch(refuseUnknownSkus);
    return sendAnswer(outcome, reply);
  }

  @Get(':id')
  @ApiOkResponse({ type: OrderDto })
  @ApiNotFoundResponse({ description: 'code order-not-found' })
  async find(@Param() { id }: OrderIdDto): Promise<OrderDto> {
    const placed = await findOrder(this.dataSource.manager, id);
    if (!placed) throw orderNotFound(id);
    return orderDto(placed);
  }
}

export function orderNotFound(id: string): NotFoundException {
  return new NotFoundException({ code: 'order-not-found', detail: `There is no order ${id}.` });
}

function answerOf(placed: PlacedOrder): Answer {
  return { status: 201, location: `/orders/${placed.order.id}`, body: JSON.stringify(orderDto(placed)) };
}

function refuseUnknownSkus(error: unknown): never {
  if (!(error instanceof UnknownSkuError)) throw error;
  throw new UnprocessableEntityException({
    code: 'unknown-sku',
    detail: `${error.message}.`,
    errors: error.lines.map(({ index }) => ({ field: `lines.${index}.sku`, message: 'is not in the price list' })),
  });
}
