import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { orderStatuses } from '../domain/order-status';
import { JourneyMessageSchema } from './journey-message.dto';

export class OrderJourneyDto extends createZodDto(
  z.object({
    orderId: z.uuid(),
    status: z.enum(orderStatuses),
    messages: z.array(JourneyMessageSchema),
    /** Services that did not answer in time: their messages are missing here. */
    unavailable: z.array(z.string()),
  }),
) {}
