import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import './node-version.mjs';
import { WORKSPACE } from './clone.mjs';
import { readCommand, refuse } from './command-line.mjs';
import { rabbitSeries } from './servers/find-rabbitmq.mjs';
import { loadSource } from './source-module.mjs';
import { build } from './up/build.mjs';

const USAGE = `npm run chaos [-- --only <name>] [--seed <number>] [--minutes <how long>] [--short] [--list] [--mutations]

Tries to make Waybill lose, double or forget something: runs each scenario against processes of all services, a RabbitMQ and a Postgres that
it starts itself, under a steady load; a fault, its end, and then every invariant (docs/faults.md). Exits with 1 when one is broken; the
databases and logs of that scenario are kept, and the command that runs it again is told.

  --list       shows the scenarios that would run and what each does, and runs none
  --only       runs those whose names begin so; may be given several times
  --seed       makes the choices of an earlier run again (default: new ones; the seed is told)
  --minutes    how long those go on that take their time (default 10, may be a fraction)
  --short      runs the short form: every crash point, and one scenario of each family
  --mutations  takes each safeguard out of a copy of the source, and shows what notices, an invariant or what the scenario waits for; exits
               with 1 when nothing does. --only and --list are then about mutations

RabbitMQ is of the series that WAYBILL_TEST_BROKER names: 4.3 (default), 4.0 or 3.10.`;

const flag = { type: /** @type {const} */ ('boolean') };
const word = { type: /** @type {const} */ ('string') };
const { values, positionals } = readCommand(USAGE, {
  list: flag,
  only: { ...word, multiple: true },
  seed: word,
  minutes: word,
  short: flag,
  mutations: flag,
});
const forNpm = ['list', 'short', 'mutations', 'seed', 'minutes'].filter((name) => process.env[`npm_config_${name}`]);
if (forNpm.length > 0) refuse(`npm has taken --${forNpm[0]} for its own: put -- before it, as below`, USAGE);
if (positionals.length > 0) refuse(`not known: ${positionals.join(' ')}. Options stand behind --, as below`, USAGE);
if (values.only?.includes('')) refuse('--only is empty: name a scenario, or leave it out', USAGE);
const broker = process.env.WAYBILL_TEST_BROKER ?? '4.3';
if (!rabbitSeries.includes(broker)) {
  refuse(`WAYBILL_TEST_BROKER must be one of ${rabbitSeries.join(', ')}, not ${broker}`, USAGE);
}
const seed = number('seed', values.seed ?? String(randomInt(1, 1_000_000)), 0, 2 ** 32);
if (!Number.isInteger(seed)) refuse('--seed must be a whole number', USAGE);
const minutes = number('minutes', values.minutes ?? '10', 0.05, 24 * 60);
if (values.mutations && (values.short || values.minutes)) {
  refuse('--mutations has a length of its own: leave --short and --minutes out', USAGE);
}

try {
  const options = {
    seed,
    minutes,
    isShort: values.short === true,
    only: values.only ?? [],
    results: join(WORKSPACE, 'chaos/results.json'),
    folder: join(WORKSPACE, 'chaos', new Date().toISOString().replaceAll(/[:.]/g, '-')),
    broker,
    print: (/** @type {string} */ line) => void process.stdout.write(`${line}\n`),
  };
  if (values.mutations) await mutate(options);
  else await attack(options);
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}

/** @param {{ only: string[], isShort: boolean }} options */
async function attack(options) {
  const chaos = loadSource('chaos/main.ts');
  if (values.list) {
    process.stdout.write(`${chosen(() => chaos.list(options))}\n`);
  } else {
    chosen(() => chaos.choose(options));
    await build();
    const results = await chaos.run(options);
    process.exitCode = results.some((/** @type {{ verdict: string }} */ { verdict }) => verdict === 'failed') ? 1 : 0;
  }
}

/** @param {{ only: string[] }} options */
async function mutate(options) {
  const chaos = loadSource('chaos/mutations/main.ts');
  if (values.list) {
    process.stdout.write(`${chosen(() => chaos.listMutations(options.only))}\n`);
  } else {
    chosen(() => chaos.chooseMutations(options.only));
    await build();
    process.exitCode = (await chaos.runMutations(options)) ? 0 : 1;
  }
}

/** @template Choice @param {() => Choice} choose */
function chosen(choose) {
  try {
    return choose();
  } catch (error) {
    return refuse(/** @type {Error} */ (error).message, USAGE);
  }
}

/** @param {string} name @param {string} text @param {number} least @param {number} most */
function number(name, text, least, most) {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  return refuse(`--${name} must be a number from ${least} to ${most}`, USAGE);
}
