import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { BrokerConnection } from './broker/broker-connection';
import { ConfirmPublisher } from './broker/confirm-publisher';
import { CONSUMING_CONNECTION } from './connections';
import { Consumption } from './consumption';

export interface HealthAnswer {
  readonly status: 'up' | 'down';
  readonly reason?: string;
  readonly [detail: string]: unknown;
}

/** Counting further would only cost. */
const countLimit = 10_000;

/** Whether messages go out and come in. */
@Injectable()
export class MessagingHealth {
  constructor(
    private readonly dataSource: DataSource,
    private readonly publisher: ConfirmPublisher,
    @Inject(CONSUMING_CONNECTION) private readonly consuming: BrokerConnection,
    private readonly consumption: Consumption,
  ) {}

  /** `publishing`: connected, open and not blocked; `consuming`: connected; `consumers`: each queue really consumed; `outbox`: what waits there. */
  async check(): Promise<Record<string, HealthAnswer>> {
    const publisher = this.publisher.state;
    const { status, reason } = this.consuming.state;
    return {
      publishing: publisher.status === 'open' ? up() : down(publisher.reason ?? publisher.status),
      consuming: status === 'connected' || status === 'blocked' ? up() : down(reason ?? status),
      consumers: this.consumers(),
      outbox: await this.outbox().catch((error: Error) => down(`It cannot be read: ${error.message}`)),
    };
  }

  private consumers(): HealthAnswer {
    const idle = [...this.consumption.states].filter(([, state]) => state.status !== 'consuming');
    if (idle.length === 0) return up();
    return down(
      idle.map(([queue, state]) => `${queue}: ${state.status}${state.reason ? ` (${state.reason})` : ''}`).join('; '),
    );
  }

  /** A backlog is told, and takes nobody out of service: sending requests elsewhere would not shorten it. */
  private async outbox(): Promise<HealthAnswer> {
    const [row]: { pending: number; oldest_seconds: number | null; parked: number }[] = await this.dataSource.query(
      `select
         (select count(*)::int from (select from outbox_message where state = 'pending' limit ${countLimit}) as pending) as pending,
         (select max(extract(epoch from clock_timestamp() - oldest.recorded_at))::float8
          from generate_series(0, 4) as level (priority)
          cross join lateral (
            select recorded_at from outbox_message
            where state = 'pending' and priority = level.priority order by id limit 1
          ) as oldest) as oldest_seconds,
         (select count(*)::int from (select from outbox_message where state = 'parked' limit ${countLimit}) as parked) as parked`,
    );
    return {
      status: 'up',
      pending: row?.pending ?? 0,
      oldestSeconds: row?.oldest_seconds ?? 0,
      parked: row?.parked ?? 0,
    };
  }
}

function up(): HealthAnswer {
  return { status: 'up' };
}

function down(reason: string): HealthAnswer {
  return { status: 'down', reason };
}
