import { createInterface } from 'node:readline';

const COLOURS = [36, 33, 35, 34, 32, 96, 93, 95];

/**
 * What a person sees of the supervisor: a line for each step with its duration, the services' log lines with their name, what is loud.
 * In a terminal the last line shows what is going on right now.
 */
export class Terminal {
  #isTerminal = process.stdout.isTTY === true;
  #hasColours = this.#isTerminal && !process.env.NO_COLOR;
  /** What is going on, by step. @type {Map<string, string>} */
  #running = new Map();
  /** @type {string[]} */
  #named = [];

  constructor() {
    process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'EPIPE') throw error; // whoever read it has read enough
    });
  }

  /** @param {string} id @param {string} text */
  begin(id, text) {
    this.#running.set(id, text);
    this.#draw();
  }

  /** @param {string} id @param {string} text @param {number} milliseconds */
  end(id, text, milliseconds) {
    this.#running.delete(id);
    this.print(`${this.#colour(32, '✓')} ${text} ${this.#colour(90, `(${(milliseconds / 1000).toFixed(1)} s)`)}`);
  }

  /** @param {string} name @param {string} line */
  log(name, line) {
    if (!this.#named.includes(name)) this.#named.push(name);
    const colour = COLOURS[this.#named.indexOf(name) % COLOURS.length] ?? 0;
    // a service names itself in its lines already
    const own = line.match(new RegExp(`^(\\S+ )(${name} *)(.*)$`));
    this.print(
      own
        ? `${own[1]}${this.#colour(colour, own[2] ?? '')}${own[3]}`
        : `${this.#colour(colour, name.padEnd(9))} ${line}`,
    );
  }

  /** @param {string} line */
  loud(line) {
    this.print(this.#colour(31, `! ${line}`));
  }

  /** @param {string} line */
  print(line) {
    if (this.#isTerminal) process.stdout.write('\r\x1b[K');
    process.stdout.write(`${line}\n`);
    this.#draw();
  }

  #draw() {
    if (!this.#isTerminal || this.#running.size === 0) return;
    const width = (process.stdout.columns ?? 80) - 4;
    process.stdout.write(`\r\x1b[K… ${[...this.#running.values()].join(', ').slice(0, width)}`);
  }

  /** @param {number} code @param {string} text */
  #colour(code, text) {
    return this.#hasColours ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  /**
   * Shows what a supervisor says, until it says no more.
   * @param {import('node:stream').Readable} output
   * @param {object} hear
   * @param {boolean} hear.hasLogs whether to show the services' log lines
   * @param {() => void} hear.started
   * @param {(next: string[]) => void} hear.ready
   * @returns {Promise<void>}
   */
  async follow(output, { hasLogs, started, ready }) {
    for await (const line of createInterface({ input: output })) {
      const message = JSON.parse(line);
      if (message.started) started();
      else if (message.begin) this.begin(message.begin, message.text);
      else if (message.note) this.begin(message.note, message.text);
      else if (message.end) this.end(message.end, message.text, message.milliseconds);
      else if (message.log) {
        if (hasLogs) this.log(message.log, message.line);
      } else if (message.ready) ready(message.ready);
      else if (message.failed) this.fail(message.failed);
      else if (message.notice) this.loud(message.notice);
    }
  }

  /** @param {string} text */
  fail(text) {
    this.#running.clear();
    this.loud(text);
  }
}
