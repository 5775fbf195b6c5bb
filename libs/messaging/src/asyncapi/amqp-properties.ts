import { type JsonSchema, priorities, type ServiceName } from '@waybill/contracts';

/** The AMQP properties of a message, by AMQP's names for them. AsyncAPI has a place for headers, and none for these. */
export function amqpProperties(type: string, senders: readonly ServiceName[]): JsonSchema {
  const sender = { enum: senders };
  return {
    type: 'object',
    required: ['message-id', 'correlation-id', 'type', 'user-id'],
    properties: {
      'message-id': { type: 'string', format: 'uuid' },
      'correlation-id': { type: 'string', maxLength: 255, description: 'The same for all messages of one flow.' },
      type: { const: type },
      'user-id': { ...sender, description: 'The broker vouches for it, and the receiver checks it.' },
      'app-id': sender,
      priority: {
        type: 'integer',
        minimum: 0,
        maximum: priorities.length - 1,
        description: `From 0: ${priorities.join(', ')}. The higher goes first.`,
      },
      timestamp: { type: 'integer', description: 'When it was sent, in seconds since 1970.' },
      'content-type': { const: 'application/json' },
      'delivery-mode': { const: 2, description: 'Persistent.' },
    },
  };
}
