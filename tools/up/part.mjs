import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {'in' | 'pulled' | 'stopped' | 'frozen'} Plug */

/**
 * What a part runs: a private server or a service.
 * @typedef {object} Unit
 * @property {() => number | undefined} pid
 * @property {() => Promise<string | undefined>} exited how the process that runs now ended, once it has
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} stop
 * @property {() => Promise<void>} kill
 * @property {() => Promise<void>} suspend
 * @property {() => Promise<void>} resume
 * @property {() => string[]} [lastLines] of its log, worth showing when it has ended by itself
 */

const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/** One that ran for so long is started again without a longer pause. */
const STEADY_AFTER = 10_000;

/** A part of the system that is kept running: when it ends by itself it is started again, unless it has been unplugged. */
export class Part {
  /** @type {Plug} */
  #plug = 'in';
  #ended = false;
  #wake = new AbortController();
  /** @type {Promise<void>} */
  #kept = Promise.resolve();
  /** @type {import('./system-state.mjs').PartState['state']} */
  #state = 'running';

  /**
   * @param {object} options
   * @param {string} options.name
   * @param {string} options.description
   * @param {Unit} options.unit already started
   * @param {() => void} options.onChange called when what `describe` answers has changed
   * @param {(line: string) => void} options.report says loudly
   */
  constructor({ name, description, unit, onChange, report }) {
    this.name = name;
    this.description = description;
    this.unit = unit;
    this.onChange = onChange;
    this.report = report;
  }

  /** @returns {import('./system-state.mjs').PartState} */
  describe() {
    return { state: this.#state, description: this.description, pid: this.unit.pid() };
  }

  keep() {
    this.#kept = this.#keep();
  }

  /** @param {Plug} plug */
  async plug(plug) {
    const before = this.#plug;
    if (plug === before) return;
    this.#plug = plug;
    if (before === 'frozen') {
      await this.unit.resume();
      this.#enter('running');
    }
    if (plug === 'pulled') await this.unit.kill();
    if (plug === 'stopped') await this.unit.stop();
    if (plug === 'frozen') await this.unit.suspend();
    if (plug !== 'in') this.#enter(plug);
    this.#wake.abort();
  }

  /** Stops it for good, cleanly. */
  async end() {
    this.#ended = true;
    this.#wake.abort();
    await this.unit.stop();
    await this.#kept; // it may just have been starting again
    await this.unit.stop();
  }

  async #keep() {
    for (let pause = SHORTEST_PAUSE, startedAt = Date.now(); !this.#ended; ) {
      const how = await this.unit.exited();
      if (this.#ended) return;
      if (Date.now() - startedAt > STEADY_AFTER) pause = SHORTEST_PAUSE;
      if (this.#plug === 'in') {
        this.#enter('ended');
        const lines = this.unit.lastLines?.().map((line) => `\n    ${line}`) ?? [];
        this.report(`${this.name} has ended with ${how}; it is started again in ${pause / 1000} s${lines.join('')}`);
        await this.#sleep(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
      while (this.#plug !== 'in' && !this.#ended) await this.#sleep();
      if (this.#ended) return;
      startedAt = Date.now();
      await this.#restart();
    }
  }

  async #restart() {
    this.#enter('starting');
    try {
      await this.unit.start();
      this.#enter('running');
      this.report(`${this.name} runs again`);
    } catch (error) {
      this.report(`${this.name} does not start: ${/** @type {Error} */ (error).message}`);
    }
  }

  /** Until the time is up, or something is asked of this part. @param {number} [milliseconds] default: for ever */
  async #sleep(milliseconds = 2 ** 31 - 1) {
    this.#wake = new AbortController();
    await delay(milliseconds, undefined, { signal: this.#wake.signal }).catch(() => {}); // woken
  }

  /** @param {import('./system-state.mjs').PartState['state']} state */
  #enter(state) {
    this.#state = state;
    this.onChange();
  }
}
