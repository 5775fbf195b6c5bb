import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { READINESS_CHECKS, type Readiness, type ReadinessChecks, readinessOf } from './readiness';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(@Inject(READINESS_CHECKS) private readonly checks: ReadinessChecks) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers. Asks nobody else.' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Whether the service can do its work, and which of its parts cannot.' })
  @ApiOkResponse({ description: 'status is ok, or degraded: it takes requests' })
  @ApiServiceUnavailableResponse({ description: 'status is unavailable' })
  async ready(@Res({ passthrough: true }) reply: { status(code: number): unknown }): Promise<Readiness> {
    const readiness = await readinessOf(this.checks);
    if (readiness.status === 'unavailable') reply.status(503);
    return readiness;
  }
}
