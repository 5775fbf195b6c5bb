import { rejectionOf } from './rejection';
import { message } from './setup.spec';

describe('rejectionOf', () => {
  it('has nothing against what can be published', () => {
    expect(rejectionOf(message())).toBeUndefined();
    expect(
      rejectionOf(message({ body: Buffer.alloc(16 * 1024 * 1024), headers: { large: 'x'.repeat(60_000) } })),
    ).toBeUndefined();
  });

  it.each([
    ['a body over 16 MiB', message({ body: Buffer.alloc(16 * 1024 * 1024 + 1) }), /16777217 bytes/],
    ['a routing key over 255 bytes', message({ routingKey: 'ü'.repeat(128) }), /routingKey has 256 bytes/],
    ['a type over 255 bytes', message({ type: 'x'.repeat(256) }), /type has 256 bytes/],
    ['headers that do not fit', message({ headers: { a: 'x'.repeat(40_000), b: 'x'.repeat(40_000) } }), /headers have/],
    ['a header name over 255 bytes', message({ headers: { ['x'.repeat(256)]: 1 } }), /name of its header/],
    ['an exchange that is not ours', message({ exchange: '' }), /no exchange/],
    ['a priority that is not ours', message({ priority: 5 }), /priority 5/],
  ])('names %s', (_, unpublishable, expected) => {
    expect(rejectionOf(unpublishable)).toMatch(expected);
  });
});
