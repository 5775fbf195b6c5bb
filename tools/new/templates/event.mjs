import { className } from '../names.mjs';

/** What every fact has: the id of what it is about. */
export const aggregateId = (/** @type {string} */ type) =>
  `${(type.split('.')[0] ?? '').replaceAll(/-(.)/g, (_match, letter) => letter.toUpperCase())}Id`;

/** @param {string} type @param {string[]} consumers */
export const eventFile = (type, consumers) => `import { z } from 'zod';
import { defineEvent } from '../define-event';

export const ${className(type)} = defineEvent({
  type: '${type}',
  version: 1,
  consumers: [${consumers.map((name) => `'${name}'`).join(', ')}],
  schema: z.object({
    ${aggregateId(type)}: z.uuid(),
  }),
  aggregate: (data) => data.${aggregateId(type)},
});
`;
