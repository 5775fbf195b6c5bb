import { Backoff } from './backoff';

describe('Backoff', () => {
  it('doubles up to half a minute, and begins anew after a success', () => {
    const backoff = new Backoff();

    expect(Array.from({ length: 9 }, () => backoff.next())).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    backoff.reset();
    expect(backoff.next()).toBe(250);
  });
});
