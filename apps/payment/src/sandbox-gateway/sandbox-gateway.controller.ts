import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { OrderIdDto } from '../http/order-id.dto';
import { SandboxBooks } from './sandbox-books';
import { SandboxEntriesDto, sandboxEntryDto } from './sandbox-entries.dto';
import { SandboxEntry } from './sandbox-entry.entity';

@ApiTags('sandbox gateway')
@Controller('sandbox-gateway')
export class SandboxGatewayController {
  constructor(@Inject(SandboxBooks) private readonly books: DataSource) {}

  @Get(':orderId')
  @ApiOperation({
    summary: 'What the sandbox gateway has done for an order, by its own log. Empty when it was never asked.',
  })
  @ApiOkResponse({ type: SandboxEntriesDto })
  async list(@Param() { orderId }: OrderIdDto): Promise<SandboxEntriesDto> {
    const entries = await this.books.manager.find(SandboxEntry, { where: { orderId }, order: { at: 'asc' } });
    return { entries: entries.map(sandboxEntryDto) };
  }
}
