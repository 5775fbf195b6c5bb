import {
  Body,
  ConflictException,
  Controller,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type DeadLetterView, listDeadLetters } from './list-dead-letters';
import { Replay } from './replay';

class DeadLettersQuery extends createZodDto(
  z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
) {}

class DeadLetterParams extends createZodDto(z.object({ id: z.uuid() })) {}

class ReplayRequest extends createZodDto(
  z
    .strictObject({
      by: z
        .string()
        .min(1)
        .max(100)
        .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
        .default('somebody over HTTP'),
    })
    .prefault({}),
) {}

/** Dead letters of this service: read them, and give one another chance once its cause is gone. */
@ApiTags('messages')
@Controller('dead-letters')
export class DeadLettersController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly replays: Replay,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Messages that wait for a person, newest first' })
  async list(@Query() { limit }: DeadLettersQuery): Promise<{ deadLetters: DeadLetterView[] }> {
    return { deadLetters: await listDeadLetters(this.dataSource, limit) };
  }

  @Post(':id/replay')
  @HttpCode(202)
  @ApiOperation({ summary: 'Tries a dead letter again, with all its attempts before it' })
  async replay(@Param() { id }: DeadLetterParams, @Body() { by }: ReplayRequest): Promise<{ messageId: string }> {
    const replay = await this.replays.replay(id, by);
    if (replay.result === 'replayed') return { messageId: replay.messageId };
    if (replay.result === 'not-found') {
      throw new NotFoundException({ code: 'dead-letter-not-found', detail: `No dead letter has the id ${id}.` });
    }
    throw new ConflictException({
      code: 'dead-letter-not-replayable',
      detail: `It cannot be replayed: ${replay.reason}.`,
    });
  }
}
