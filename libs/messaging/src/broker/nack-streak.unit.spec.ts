import { NackStreak } from './nack-streak';

afterEach(() => jest.useRealTimers());

describe('NackStreak', () => {
  it('is reached after 300 nacks', () => {
    const streak = new NackStreak();
    for (let nack = 1; nack < 300; nack++) expect(streak.nacked()).toBeUndefined();

    expect(streak.nacked()).toBe('300 nacks without an ack between them');
    expect(streak.nacked()).toBeUndefined();
  });

  it('is reached after two seconds of nacks', () => {
    jest.useFakeTimers();
    const streak = new NackStreak();
    streak.nacked();
    jest.advanceTimersByTime(1_999);
    expect(streak.nacked()).toBeUndefined();
    jest.advanceTimersByTime(1);

    expect(streak.nacked()).toBe('3 nacks without an ack between them');
  });

  it('begins anew with an ack', () => {
    const streak = new NackStreak();
    for (let nack = 1; nack < 300; nack++) streak.nacked();
    streak.broken();

    expect(streak.nacked()).toBeUndefined();
  });
});
