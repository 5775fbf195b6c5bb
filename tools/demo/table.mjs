import { confirmedMessages, deliveries, signed } from './placed-order.mjs';

const HEADINGS = ['kind', 'priority', 'order', 'status', 'confirmed', 'signed', 'seconds'];
const WIDTHS = [20, 9, 37, 30, 10, 8, 7];

/** The orders as a table: a line each, with its messages that are confirmed, and the deliveries that are signed for. */
export class Table {
  #isTerminal = process.stdout.isTTY === true;
  #drawn = 0;
  /** What was printed of each order last, where nothing can be drawn over. @type {Map<string, string>} */
  #printed = new Map();

  /**
   * Draws over the last drawing in a terminal; elsewhere prints the lines that have changed.
   * @param {import('./placed-order.mjs').PlacedOrder[]} orders
   */
  draw(orders) {
    const lines = orders.map((placed) => ({ id: placed.order.id, text: line(placed), time: seconds(placed) }));
    if (this.#isTerminal) {
      const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
      const all = [row(HEADINGS), ...lines.map(({ text, time }) => `${text}${time}`)];
      process.stdout.write(`${up}${all.map((text) => `\x1b[K${text}`).join('\n')}\n`);
      this.#drawn = all.length;
      return;
    }
    if (this.#printed.size === 0) process.stdout.write(`${row(HEADINGS)}\n`);
    for (const { id, text, time } of lines) {
      if (this.#printed.get(id) === text) continue;
      this.#printed.set(id, text);
      process.stdout.write(`${text}${time}\n`);
    }
  }
}

/** @param {import('./placed-order.mjs').PlacedOrder} placed */
function line(placed) {
  const { kind, order, messages } = placed;
  const status = `${order.status}${order.cancelReason ? `: ${order.cancelReason}` : ''}${order.attention.length > 0 ? ' (!)' : ''}`;
  return row([
    kind.name,
    order.priority,
    order.id,
    status,
    `${confirmedMessages(placed)}/${messages.length}`,
    `${signed(placed)}/${deliveries(placed).length}`,
  ]);
}

/** @param {import('./placed-order.mjs').PlacedOrder} placed */
function seconds({ placedAt, endedAt }) {
  return (((endedAt ?? performance.now()) - placedAt) / 1000).toFixed(1);
}

/** @param {string[]} cells */
function row(cells) {
  return cells.map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0)).join('');
}
