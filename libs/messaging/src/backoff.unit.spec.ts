import { backoff } from './backoff';

const least = () => 0;
const most = () => 1;

it.each([
  [1, 500, 1_000],
  [2, 1_000, 2_000],
  [3, 2_000, 4_000],
  [4, 4_000, 8_000],
])('attempt %d is followed by a pause of %d to %d ms', (attempt, from, to) => {
  expect([backoff(attempt, 1_000, 600_000, least), backoff(attempt, 1_000, 600_000, most)]).toEqual([from, to]);
});

it.each([11, 100, 5_000])('attempt %d is followed by a pause of the cap at most', (attempt) => {
  expect([backoff(attempt, 1_000, 600_000, least), backoff(attempt, 1_000, 600_000, most)]).toEqual([300_000, 600_000]);
});

it('what was never tried waits as after the first attempt', () => {
  expect(backoff(0, 1_000, 600_000, most)).toBe(1_000);
});

it('what failed together comes back apart', () => {
  expect(new Set(Array.from({ length: 50 }, () => backoff(5, 1_000, 600_000))).size).toBeGreaterThan(40);
});
