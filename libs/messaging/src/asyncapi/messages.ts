import { type Catalogue, type CatalogueEntry, type JsonSchema, payloadSchema, services } from '@waybill/contracts';
import { z } from 'zod';
import { messageHeaders } from '../codec';
import { Receipts, receiptsType } from '../receipts/receipt';
import { amqpProperties } from './amqp-properties';
import { bindingVersion } from './binding-version';

/** One kind of message, as `components` of the document has it, and the schema of its payload. */
export interface DescribedMessage {
  readonly type: string;
  readonly message: object;
  readonly payload: JsonSchema;
}

/** The messages of the events, and the one that carries receipts. */
export function describeMessages(catalogue: Catalogue): DescribedMessage[] {
  return [...catalogue.entries.map(eventMessage), receiptsMessage()];
}

function eventMessage({ event, producer }: CatalogueEntry): DescribedMessage {
  const { type, version, consumers } = event;
  const headers = jsonSchema(messageHeaders);
  return described(type, payloadSchema(event), {
    title: `${type}, version ${version}`,
    summary: `Sent by ${producer}; each of these signs for it: ${consumers.join(', ')}.`,
    description: 'It may come again, under the same id.',
    headers: { ...headers, properties: { ...(headers.properties as object), version: { const: version } } },
    'x-version': version,
    'x-producer': producer,
    'x-consumers': consumers,
    'x-amqp-properties': amqpProperties(type, [producer]),
  });
}

function receiptsMessage(): DescribedMessage {
  return described(receiptsType, jsonSchema(Receipts), {
    title: 'Receipts',
    summary: 'What became of messages of one producer at one consumer.',
    description: 'It may come again, under another id. It asks for no receipt.',
    'x-amqp-properties': amqpProperties(receiptsType, services),
  });
}

function described(type: string, payload: JsonSchema, rest: object): DescribedMessage {
  const message = {
    name: type,
    contentType: 'application/json',
    payload: { $ref: `#/components/schemas/${type}` },
    bindings: { amqp: { messageType: type, bindingVersion } },
    ...rest,
  };
  return { type, message, payload: withReferencesFrom(`#/components/schemas/${type}`, payload) };
}

/** In the document, the schema is not the root that its own references start from. */
function withReferencesFrom(root: string, schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' ? value.replace(/^#/, root) : value,
  );
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-07' });
  return rest;
}
