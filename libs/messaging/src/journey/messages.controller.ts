import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { Journey, type JourneyMessage, journeyStates } from './journey';

class MessagesQuery extends createZodDto(
  z.strictObject({
    correlationId: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
      .optional(),
    state: z.enum(journeyStates).optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
  }),
) {}

/** What this service sent, and who has signed for it. Asks Postgres only, so it works while the broker is away. */
@ApiTags('messages')
@Controller('messages')
export class MessagesController {
  constructor(private readonly journey: Journey) {}

  @Get()
  @ApiOperation({ summary: 'Messages of this service with their deliveries, the newest up to the limit, oldest first' })
  async list(@Query() query: MessagesQuery): Promise<{ messages: JourneyMessage[] }> {
    return { messages: await this.journey.find(query) };
  }
}
