import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Checks, HealthCheck } from './readiness';

/** Whether the database answers a statement. */
@Injectable()
export class DatabaseHealth implements HealthCheck {
  constructor(private readonly dataSource: DataSource) {}

  async check(): Promise<Checks> {
    await this.dataSource.query('select 1');
    return { database: { status: 'up' } };
  }
}
