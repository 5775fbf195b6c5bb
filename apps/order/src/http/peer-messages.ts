import { Inject, Injectable, Logger } from '@nestjs/common';
import { Environment } from '@waybill/service';
import { z } from 'zod';
import type { OrderEnvironment } from '../environment';
import { type Peer, peers, peerVariable } from '../peers';
import { JourneyMessageSchema } from './journey-message.dto';

export type PeerMessage = z.infer<typeof JourneyMessageSchema>;

export interface PeerAnswers {
  readonly messages: readonly PeerMessage[];
  /** The services that did not answer in time, or with something else than messages. */
  readonly unavailable: readonly string[];
}

/** Milliseconds that another service has to answer. */
const deadline = 1_000;

const MessagesResponse = z.object({ messages: z.array(JourneyMessageSchema) });

/** Asks the other services over HTTP for the messages that they sent about something. */
@Injectable()
export class PeerMessages {
  private readonly logger = new Logger('journey');

  constructor(@Inject(Environment) private readonly environment: OrderEnvironment) {}

  /** Asks all at once. Does not throw: who fails is named. */
  async find(correlationId: string): Promise<PeerAnswers> {
    const unavailable: Peer[] = [];
    const answers = await Promise.all(
      peers.map(async (peer) => {
        try {
          return await messagesOf(this.environment[peerVariable(peer)], correlationId);
        } catch (error) {
          unavailable.push(peer);
          this.logger.warn({ err: error, peer }, `No messages from ${peer}`);
          return [];
        }
      }),
    );
    return { messages: answers.flat(), unavailable: unavailable.sort() };
  }
}

async function messagesOf(baseUrl: string, correlationId: string): Promise<PeerMessage[]> {
  const url = new URL('/messages', baseUrl);
  url.searchParams.set('correlationId', correlationId);
  const response = await fetch(url, { signal: AbortSignal.timeout(deadline), redirect: 'error' });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return MessagesResponse.parse(await response.json()).messages;
}
