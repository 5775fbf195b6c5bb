import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('--list shows what would run, and runs nothing', () => {
  const { status, stdout } = chaos(['--list', '--only', 'broker-killed', '--only', 'random-k']);

  expect(status).toBe(0);
  expect(stdout).toMatch(/^broker-killed {2}kill -9 .*\nrandom-kills {3}.*\n$/);
});

test.each<[string[], NodeJS.ProcessEnv, string]>([
  [['broker-killed'], {}, 'not known: broker-killed. Options stand behind --'],
  [[], { npm_config_list: 'true' }, 'npm has taken --list for its own: put -- before it'],
  [['--only', ''], {}, '--only is empty'],
  [['--only', 'nonsense', '--list'], {}, 'no scenario is named nonsense'],
  [['--short', '--only', 'leader-frozen'], {}, 'leader-frozen is not in the short form'],
  [['--seed', '1.5'], {}, '--seed must be a whole number'],
  [['--minutes', '0'], {}, '--minutes must be a number from 0.05'],
  [['--list'], { WAYBILL_TEST_BROKER: '9.9' }, 'WAYBILL_TEST_BROKER must be one of 4.3, 4.0, 3.10, not 9.9'],
])('%j with %j is refused with the usage, before anything starts', (words, env, problem) => {
  const { status, stdout, stderr } = chaos(words, env);

  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr.startsWith(problem)).toBe(true);
  expect(stderr).toContain('\n\nnpm run chaos [-- --only <name>]');
});

function chaos(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [join(__dirname, 'chaos.mjs'), ...words], {
    encoding: 'utf8',
    env: { ...process.env, WAYBILL_TEST_BROKER: '4.3', ...env },
  });
}
