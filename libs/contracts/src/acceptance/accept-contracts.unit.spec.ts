import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { catalogue } from '../catalogue';
import { defineCatalogue } from '../define-catalogue';
import { defineEvent } from '../define-event';
import { acceptContracts } from './accept-contracts';
import { changesSince } from './contract-changes';
import { contractReport } from './contract-report';
import { snapshotOf } from './contract-snapshot';

function contracts(events: Record<string, z.ZodType>) {
  const order = Object.entries(events).map(([type, schema]) =>
    defineEvent({ type, version: 1, consumers: ['payment'], schema, aggregate: () => 'id' }),
  );
  return snapshotOf(defineCatalogue({ order }));
}

const accepted = contracts({ 'order.placed': z.object({ total: z.int() }), 'order.lost': z.object({}) });

test('the contracts are as they were accepted', () => {
  const file = join(__dirname, '../../contracts.snapshot.json');
  const snapshot = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

  expect(contractReport(changesSince(snapshot, snapshotOf(catalogue)))).toBe('');
});

describe('accepting', () => {
  test('takes what every build can live with, and tells it', () => {
    const today = contracts({
      'order.placed': z.object({ total: z.int(), note: z.string().optional() }),
      'order.lost': z.object({}),
      'order.found': z.object({}),
    });

    expect(acceptContracts(accepted, today, [])).toMatchObject([{ type: 'order.found' }, { type: 'order.placed' }]);
  });

  test('refuses the rest, and says what, where, and what to do', () => {
    const today = contracts({ 'order.placed': z.object({ total: z.int().max(10) }), 'order.found': z.object({}) });

    expect(() => acceptContracts(accepted, today, [])).toThrow(`The contracts are not as they were accepted.

order.lost
  - is gone from the catalogue
  So: put it back.

order.placed
  - payload.total: maximum was 9007199254740991, is 10
  So: take that back, or raise \`version\` to 2 in libs/contracts/src/events/order-placed.event.ts, then npm run contracts:accept.

Services are deployed one by one, so within a version every build must read what every other has sent.
Only where no deployed build, queue or table knows the event as it was accepted:
  npm run contracts:accept -- --forget order.lost --forget order.placed`);
  });

  test('takes anything of an event that is to be forgotten, and of no other', () => {
    const today = contracts({ 'order.placed': z.object({ total: z.string() }) });

    expect(() => acceptContracts(accepted, today, ['order.lost'])).toThrow(
      'payload.total: type was "integer", is "string"',
    );
    expect(acceptContracts(accepted, today, ['order.lost', 'order.placed'])).toMatchObject([{ type: 'order.placed' }]);
  });

  test('refuses to forget what was never accepted', () => {
    expect(() => acceptContracts(accepted, accepted, ['order.plcaed'])).toThrow(
      'order.plcaed was never accepted: there is order.lost, order.placed.',
    );
  });
});

test('a change that needs no raised version is told with the command that accepts it', () => {
  expect(
    contractReport(changesSince({}, contracts({ 'order.found': z.object({}) }))),
  ).toBe(`The contracts are not as they were accepted.

order.found
  - is new

So: npm run contracts:accept, and commit libs/contracts/contracts.snapshot.json with the change.`);
});
