import './node-version.mjs';
import { readCommand, refuse } from './command-line.mjs';
import { runDozen } from './demo/dozen.mjs';
import { localShop } from './demo/local-shop.mjs';
import { runSteadily } from './demo/steady-load.mjs';

const USAGE = `npm run demo [-- --rate <orders a second> --minutes <how long>]

Places a dozen orders of every kind at what is up (npm run up, or docker compose up), and shows their journeys while they happen, then
the totals: money by the payment gateway's own log, goods by the sum of the stock. Exits with 1 when an order does not end as it
must, or the totals do not balance; they count what others order at the same time, too.

  --rate     places a steady load instead, of so many orders a second (1 to 200)
  --minutes  for so long (default 1, may be a fraction)`;

const { values, positionals } = readCommand(USAGE, { rate: { type: 'string' }, minutes: { type: 'string' } });
const { rate, minutes } = values;
if (positionals.length > 0) refuse(`not known: ${positionals.join(' ')}`, USAGE);
if (minutes !== undefined && rate === undefined) refuse('--minutes is for a steady load: say --rate, too', USAGE);

const shop = localShop();
try {
  const balanced =
    rate === undefined
      ? await runDozen(shop)
      : await runSteadily(shop, {
          rate: number('rate', rate, 1, 200),
          minutes: number('minutes', minutes ?? '1', 0.05, 600),
        });
  process.exitCode = balanced ? 0 : 1;
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}

/** @param {string} name @param {string} text @param {number} least @param {number} most */
function number(name, text, least, most) {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  return refuse(`--${name} must be a number from ${least} to ${most}`, USAGE);
}
