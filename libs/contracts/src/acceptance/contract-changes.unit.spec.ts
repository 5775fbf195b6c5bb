import { z } from 'zod';
import { defineCatalogue } from '../define-catalogue';
import { defineEvent } from '../define-event';
import type { ServiceName } from '../services';
import { changesSince } from './contract-changes';
import { type ContractSnapshot, snapshotOf } from './contract-snapshot';

interface Contract {
  readonly version?: number;
  readonly producer?: ServiceName;
  readonly consumers?: readonly ServiceName[];
  readonly schema?: z.ZodType;
}

function contract({ version = 1, producer = 'order', consumers = ['payment'], schema }: Contract = {}) {
  const event = defineEvent({
    type: 'order.tried',
    version,
    consumers,
    schema: schema ?? z.object({ id: z.string() }),
    aggregate: () => 'id',
  });
  return snapshotOf(defineCatalogue({ [producer]: [event] }));
}

const nothing: ContractSnapshot = {};
describe('of an event', () => {
  const other = z.object({ id: z.number() });

  test.each<[string, ContractSnapshot, ContractSnapshot, boolean, string]>([
    ['it may be new', nothing, contract(), true, 'is new'],
    [
      'its payload may grow',
      contract(),
      contract({ schema: z.object({ id: z.string(), note: z.string().optional() }) }),
      true,
      'payload: what is new in it is optional',
    ],
    ['and not change', contract(), contract({ schema: other }), false, 'payload.id: type was "string", is "number"'],
    ['it may not go', contract(), nothing, false, 'is gone from the catalogue'],
    [
      'a raised version allows for anything',
      contract(),
      contract({ version: 2, schema: other }),
      true,
      'version was 1, is 2, whose schema must read both',
    ],
    ['the version may not go back', contract({ version: 2 }), contract(), false, 'version was 2, is 1'],
    [
      'the producer may not change',
      contract(),
      contract({ producer: 'warehouse' }),
      false,
      'producer was order, is warehouse',
    ],
    [
      'not even with a raised version',
      contract(),
      contract({ producer: 'warehouse', version: 2 }),
      false,
      'producer was order, is warehouse',
    ],
    [
      'a consumer may come',
      contract(),
      contract({ consumers: ['warehouse', 'payment'] }),
      true,
      'consumers: warehouse is new',
    ],
    [
      'none may go',
      contract({ consumers: ['payment', 'warehouse'] }),
      contract({ consumers: ['warehouse'] }),
      false,
      'consumers: payment is gone',
    ],
  ])('%s', (_what, before, now, isCompatible, difference) => {
    expect(changesSince(before, now)).toMatchObject([{ type: 'order.tried', isCompatible, differences: [difference] }]);
  });

  test('consumers in another order are the same', () => {
    const [one, two] = [
      contract({ consumers: ['payment', 'warehouse'] }),
      contract({ consumers: ['warehouse', 'payment'] }),
    ];

    expect(changesSince(one, two)).toEqual([]);
  });
});
