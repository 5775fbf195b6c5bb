import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { type AsyncApiDocument, asyncApiDocument } from './document';

/** What all services tell each other, for tools that read AsyncAPI. */
@ApiTags('messages')
@Controller('asyncapi')
export class AsyncApiController {
  private made: AsyncApiDocument | undefined;

  constructor(@Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions) {}

  @Get()
  @ApiOperation({ summary: 'The events, who sends them and who signs for them, as AsyncAPI' })
  document(): AsyncApiDocument {
    this.made ??= asyncApiDocument(this.options.catalogue, this.options.queueType);
    return this.made;
  }
}
