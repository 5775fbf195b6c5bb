import { type DynamicModule, type InjectionToken, Module } from '@nestjs/common';
import { DatabaseHealth } from './database-health';
import { HealthController } from './health.controller';
import { type HealthCheck, READINESS_CHECKS, type ReadinessChecks } from './readiness';

export interface HealthOptions {
  /** Providers of health checks without which the service cannot work. The database is always one of them. */
  readonly required?: readonly InjectionToken<HealthCheck>[];
  /** Providers of health checks whose failing only degrades the service. */
  readonly degrading?: readonly InjectionToken<HealthCheck>[];
}

/** `/health/live` and `/health/ready`. The providers named must come from global modules. */
@Module({})
export class HealthModule {
  static forRoot({ required = [], degrading = [] }: HealthOptions): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [
        DatabaseHealth,
        {
          provide: READINESS_CHECKS,
          inject: [DatabaseHealth, ...required, ...degrading],
          useFactory: (...checks: HealthCheck[]): ReadinessChecks => ({
            required: checks.slice(0, required.length + 1),
            degrading: checks.slice(required.length + 1),
          }),
        },
      ],
    };
  }
}
