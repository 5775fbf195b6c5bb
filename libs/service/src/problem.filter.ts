import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { HttpArgumentsHost } from '@nestjs/common/interfaces';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError } from 'rxjs';
import { type Problem, problemOf } from './problem';

/**
 * Answers every HTTP error with problem details. Message handlers share the application's filters, and their errors are for the
 * messaging to judge: those it hands through unchanged.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(error: unknown, host: ArgumentsHost) {
    if (host.getType() !== 'http') return throwError(() => error);
    this.answer(error, host.switchToHttp());
  }

  private answer(error: unknown, http: HttpArgumentsHost): void {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      const request = http.getRequest<FastifyRequest>();
      this.logger.error({ err: error, code: problem.code }, `${request.method} ${pathOf(request.url)} failed`);
    }
    sendProblem(http.getResponse<FastifyReply>(), problem);
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply.status(problem.status).header('content-type', 'application/problem+json').send(problem);
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
