import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable, throwError } from 'rxjs';
import type { EnvelopeDelivery } from './envelope-delivery';

/**
 * Keeps what a handler or its pipe threw. Unless the application has a filter that hands errors through, Nest's own replaces them by
 * "Internal server error", and nobody could tell a PermanentError or a deadlock from any other.
 */
@Injectable()
export class HandlerErrors implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const delivery = context.switchToRpc().getContext<EnvelopeDelivery>();
    return next.handle().pipe(
      catchError((error) => {
        delivery.thrown = error;
        return throwError(() => error);
      }),
    );
  }
}
