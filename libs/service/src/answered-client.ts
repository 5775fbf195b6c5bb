import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Client, type ClientConfig } from 'pg';

export interface AnsweredClientConfig extends ClientConfig {
  /** Milliseconds without a byte from the server or to it. Longer than `statement_timeout`, so that only a server that cannot speak is given up. */
  readonly answerTimeout: number;
}

/**
 * A connection that does not wait for ever. Where a statement is not answered it is closed, and everything on it fails as if the
 * network had broken it: whether the statement was carried out is unknown, and nobody uses the connection again. (`query_timeout` of pg
 * fails the statement alone, and the connection goes back into the pool with the answer still to come.)
 *
 * It also always has somebody who listens to its errors. Between the pool and a query runner there are moments in which neither
 * does, and a connection that is lost in one of them would end the process. Nothing is hidden: whatever runs on it fails with the error.
 */
export class AnsweredClient extends Client {
  /** Kept by pg: false from a statement until the server is ready for the next one. */
  declare private readonly readyForQuery?: boolean;

  constructor(config: AnsweredClientConfig) {
    super(config);
    this.on('error', () => {});
    // By then a connection with TLS has the socket that it keeps.
    this.once('connect', () => this.expectAnswers(config.answerTimeout));
  }

  private expectAnswers(milliseconds: number): void {
    const socket = this.connection.stream as Socket;
    socket.setTimeout(milliseconds).on('timeout', () => {
      if (this.readyForQuery) return;
      const message = `No answer from the database for ${milliseconds} ms: the connection is closed`;
      logger.warn(message);
      socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    });
  }
}

const logger = new Logger('database');
