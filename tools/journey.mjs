import { setTimeout as delay } from 'node:timers/promises';
import './node-version.mjs';
import { readWords, refuse } from './command-line.mjs';
import { localShop } from './demo/local-shop.mjs';

const USAGE = `npm run journey -- <order id>

Shows where an order of what is up is: its status, each message about it, and who has signed for it. Waits up to 30 s until the order
is at its end and everything is signed for; Ctrl-C shows nothing more. Exits with 1 when it is not at its end by then.`;

const WITHIN = 30_000;

const [id, ...rest] = readWords(USAGE);
if (!id || rest.length > 0) refuse('Say which order: the id from the answer to POST /orders.', USAGE);

const shop = localShop();
const deadline = performance.now() + WITHIN;
try {
  let [order, journey] = await look();
  if (!isSettled(order, journey)) process.stderr.write(`${order.status}; waiting until all is signed for\n`);
  while (!isSettled(order, journey) && performance.now() < deadline) {
    await delay(100);
    [order, journey] = await look();
  }
  process.stdout.write(`${lines(order, journey).join('\n')}\n`);
  process.exitCode = isSettled(order, journey) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}

async function look() {
  return await Promise.all([shop.order(id), shop.journey(id)]);
}

/** @param {import('./demo/shop.mjs').Order} order @param {import('./demo/shop.mjs').Journey} journey */
function isSettled({ status, attention }, { messages, unavailable }) {
  const isAtItsEnd = status === 'completed' || status === 'cancelled' || attention.length > 0;
  const isSigned = messages.every(
    ({ state, deliveries }) => state === 'confirmed' && deliveries.every((delivery) => delivery.state === 'processed'),
  );
  return isAtItsEnd && isSigned && unavailable.length === 0;
}

/** @param {import('./demo/shop.mjs').Order} order @param {import('./demo/shop.mjs').Journey} journey */
function lines(order, { messages, unavailable }) {
  const { status, cancelReason, attention } = order;
  return [
    `${order.id}  ${status}${cancelReason ? `: ${cancelReason}` : ''}`,
    ...attention.map((reason) => `  ! ${reason}`),
    ...messages.map(({ type, state, deliveries }) => {
      const signatures = deliveries.map(({ consumer, state: signed, attempts }) => {
        const tries = attempts > 1 ? ` (attempt ${attempts})` : '';
        return `${consumer} ${signed}${tries}`;
      });
      return `  ${type.padEnd(23)} ${state.padEnd(10)} ${signatures.join(', ')}`;
    }),
    ...unavailable.map((service) => `  ${service} does not answer: its messages are missing here`),
  ];
}
