import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ZodValidationPipe } from 'nestjs-zod';
import { Environment, type ServiceEnvironment } from './environment';
import { ProblemFilter } from './problem.filter';

/**
 * The root around a service's own module: the environment, input validation and problem details.
 * The pipe acts on parameters that are typed by a DTO made of a zod schema, so it leaves message handlers alone.
 */
@Global()
@Module({})
export class ServiceModule {
  static around(module: Type, environment: ServiceEnvironment): DynamicModule {
    return {
      module: ServiceModule,
      imports: [module],
      providers: [
        { provide: Environment, useValue: environment },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: ZodValidationPipe },
      ],
      exports: [Environment],
    };
  }
}
