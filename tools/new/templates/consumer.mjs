import { fileName, variableName } from '../names.mjs';

/** @param {string} type @param {string} exported the event's name in code */
export const consumerFile = (type, exported) => `import { Controller } from '@nestjs/common';
import { type EventData, ${exported} } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';

@Controller()
export class ${exported}Consumer {
  @Consume(${exported})
  async handle(_data: EventData<typeof ${exported}>, delivery: Delivery) {
    await delivery.transaction(async (_tx) => {
      // What ${type} changes here: rows through tx.manager, and what follows from that through tx.record.
    });
  }
}
`;

/** @param {string} type @param {string} exported @param {string} service @param {string} data as code */
export const consumerSpec = (
  type,
  exported,
  service,
  data,
) => `import { type EventData, ${exported} } from '@waybill/contracts';
import { createHarness, type Harness } from '@waybill/testing';
${data.includes('uuidv7()') ? `import { v7 as uuidv7 } from 'uuid';\n` : ''}import { database } from '../database';
import { ${exported}Consumer } from './${fileName(type)}.consumer';

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({ service: '${service}', database, controllers: [${exported}Consumer] });
});
afterAll(() => harness.close());

const ${variableName(type)} = (): EventData<typeof ${exported}> => (${data});

test('${type} is processed once, however often its message comes', async () => {
  const data = ${variableName(type)}();

  const { state, messageId, recorded } = await harness.deliver(${exported}, data);
  const again = await harness.deliver(${exported}, data, { messageId });

  expect(state).toBe('processed');
  expect(recorded).toEqual([]);
  expect(again.state).toBe('duplicate');
});
`;
