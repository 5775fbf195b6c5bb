import { type CatalogueEntry, type EventContract, priorityLevel } from '@waybill/contracts';
import { z } from 'zod';
import type { OutgoingMessage } from './broker/outgoing-message';
import type { Envelope } from './envelope';
import { storableError } from './storable';

/** A message as it came from the broker, or as the inbox kept it. */
export interface ReceivedMessage {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/**
 * What could be made of a received message.
 * - `readable`: meets its contract.
 * - `newer`: of a version that this build does not know yet; a later build will.
 * - `invalid`: breaks its contract; its id and its sender are right, so it is kept under its own id.
 * - `unidentified`: has no usable id, or its sender may not send it; nothing it says of itself is believed.
 */
export type Reading =
  | { readonly kind: 'readable'; readonly envelope: Envelope; readonly data: unknown }
  | { readonly kind: 'newer'; readonly envelope: Envelope; readonly reason: string }
  | { readonly kind: 'invalid'; readonly envelope: Envelope; readonly reason: string }
  | { readonly kind: 'unidentified'; readonly reason: string };

const uuid = z.uuid();
const text = z
  .string()
  .max(255)
  .refine((value) => !value.includes('\u0000'), 'must not contain NUL');

/** The headers that a message brings beside its properties. */
export const messageHeaders = z.object({
  version: z.int().positive().max(2_147_483_647),
  'aggregate-id': text,
  'aggregate-version': z.int().optional(),
  'causation-id': z.uuid().optional(),
});

/** Turns an envelope and the payload's JSON into the message for the wire. */
export function encode(envelope: Envelope, payload: string, exchange: string, routingKey: string): OutgoingMessage {
  return {
    exchange,
    routingKey,
    messageId: envelope.messageId,
    type: envelope.type,
    priority: envelope.priority,
    correlationId: envelope.correlationId,
    headers: {
      version: envelope.version,
      'aggregate-id': envelope.aggregateId,
      ...(envelope.aggregateVersion === undefined ? {} : { 'aggregate-version': envelope.aggregateVersion }),
      ...(envelope.causationId === undefined ? {} : { 'causation-id': envelope.causationId }),
    },
    body: Buffer.from(payload, 'utf8'),
  };
}

/** Reads a message that arrived where `entry`'s event is expected. Never throws. */
export function decode(message: ReceivedMessage, { event, producer }: CatalogueEntry): Reading {
  const { properties } = message;
  const messageId = uuid.safeParse(properties.messageId);
  if (!messageId.success) return { kind: 'unidentified', reason: 'the message id is missing or is not a uuid' };
  if (properties.userId !== producer) {
    return {
      kind: 'unidentified',
      reason: `${event.type} may be sent by ${producer} only, not by ${sender(properties)}`,
    };
  }
  const headers = messageHeaders.safeParse(properties.headers ?? {});
  const correlationId = text.safeParse(properties.correlationId);
  const envelope: Envelope = {
    messageId: messageId.data,
    type: event.type,
    version: headers.data?.version ?? event.version,
    producer,
    priority: levelOf(properties.priority),
    correlationId: correlationId.data ?? messageId.data,
    causationId: headers.data?.['causation-id'],
    aggregateId: headers.data?.['aggregate-id'] ?? '',
    aggregateVersion: headers.data?.['aggregate-version'],
  };
  if (properties.type !== event.type) {
    return { kind: 'invalid', envelope, reason: `the type is not ${event.type}` };
  }
  if (!headers.success) return { kind: 'invalid', envelope, reason: explain('header', headers.error) };
  if (!correlationId.success)
    return { kind: 'invalid', envelope, reason: explain('correlation id', correlationId.error) };
  if (envelope.version > event.version) {
    const reason = `version ${envelope.version} is newer than ${event.version}, the newest known here; waiting for a build that knows it`;
    return { kind: 'newer', envelope, reason };
  }
  return readPayload(message.body, event, envelope);
}

function readPayload(body: Buffer, event: EventContract, envelope: Envelope): Reading {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { kind: 'invalid', envelope, reason: `the body (${body.length} bytes) is not JSON in UTF-8` };
  }
  try {
    const data = event.schema.safeParse(json);
    if (!data.success) return { kind: 'invalid', envelope, reason: explain('payload', data.error) };
    return { kind: 'readable', envelope, data: data.data };
  } catch (error) {
    // A schema's own refinement or transformation may throw.
    return { kind: 'invalid', envelope, reason: `the payload breaks its contract: ${storableError(error)}` };
  }
}

function levelOf(priority: unknown): number {
  return typeof priority === 'number' && priority >= 0 && priority <= 4 ? priority : priorityLevel('normal');
}

function sender(properties: ReceivedMessage['properties']): string {
  return typeof properties.userId === 'string' ? JSON.stringify(properties.userId) : 'a sender without user-id';
}

/** Which field breaks which rule; never a value. */
function explain(what: string, error: z.ZodError): string {
  const issues = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || what}: ${issue.message}`);
  return `the ${what} breaks its contract: ${issues.join('; ')}`;
}
