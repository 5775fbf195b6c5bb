import { join } from 'node:path';
import './node-version.mjs';
import { WORKSPACE } from './clone.mjs';
import { readCommand, refuse } from './command-line.mjs';
import { loadSource } from './source-module.mjs';
import { build } from './up/build.mjs';

const USAGE = `npm run bench [-- --only <name>] [--json <file>] [--quick] [--list]

Measures Waybill against what is possible: each path in turns with its limit, a few lines of code by hand that do the same work without it, on a
RabbitMQ and a Postgres that it starts itself, which flush to the disk as they are shipped. Ends by itself in under 25 minutes, with a table of
ratios (docs/performance.md), and with 1 where one is not in its target. Run it while nothing else does: the figures are of two cores or more.

  --list   shows what is measured, and measures nothing
  --only   measures those whose names begin so; may be given several times
  --json   the file that gets the results (default: .waybill/bench/results.json)
  --quick  small amounts, one round: shows that everything runs, and measures nothing`;

const flag = { type: /** @type {const} */ ('boolean') };
const word = { type: /** @type {const} */ ('string') };
const { values, positionals } = readCommand(USAGE, {
  list: flag,
  only: { ...word, multiple: true },
  json: word,
  quick: flag,
});
const forNpm = ['list', 'json', 'quick'].filter((name) => process.env[`npm_config_${name}`]);
if (forNpm.length > 0) refuse(`npm has taken --${forNpm[0]} for its own: put -- before it, as below`, USAGE);
if (positionals.length > 0) refuse(`not known: ${positionals.join(' ')}. Options stand behind --, as below`, USAGE);

const folder = join(WORKSPACE, 'bench');
const options = {
  only: values.only ?? [],
  isQuick: values.quick === true,
  json: values.json ?? join(folder, 'results.json'),
  logs: join(folder, new Date().toISOString().replaceAll(/[:.]/g, '-')),
  print: (/** @type {string} */ line) => void process.stdout.write(`${line}\n`),
};
try {
  const bench = loadSource('bench/main.ts');
  if (values.list) {
    process.stdout.write(`${bench.list()}\n`);
  } else {
    try {
      bench.choose(options);
    } catch (error) {
      refuse(/** @type {Error} */ (error).message, USAGE);
    }
    await build();
    process.exitCode = (await bench.run(options)) ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
