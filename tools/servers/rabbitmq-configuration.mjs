import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** User, and password. */
export const ADMIN = 'waybill-admin';

/**
 * Where a node is to be reached.
 * @typedef {object} RabbitPlace
 * @property {string} node its name for other nodes, such as `waybill@localhost`
 * @property {string} client address that it listens on for AMQP and HTTP
 * @property {string} peer address that it listens on for other nodes
 * @property {Record<string, number>} ports `amqp`, `management`, `distribution`, `epmd`
 */

/**
 * What only nodes of a cluster have.
 * @typedef {object} RabbitMembership
 * @property {string[]} nodes all of them
 * @property {string} cookie
 * @property {number} netTicktime seconds
 */

/**
 * Nothing of the caller's environment, so that no RABBITMQ_ or ERL_ variable meant for another broker gets in.
 * @param {string} home @param {import('./find-rabbitmq.mjs').RabbitInstallation} found @param {RabbitPlace} place
 * @param {RabbitMembership} [membership]
 * @returns {Record<string, string>}
 */
export function rabbitEnvironment(home, found, { node, client, peer, ports }, membership) {
  const kernel = [`inet_dist_use_interface {${peer.replaceAll('.', ',')}}`];
  if (membership) kernel.push(`net_ticktime ${membership.netTicktime}`);
  return {
    PATH: [found.path, found.sbin, process.env.PATH ?? '/usr/bin:/bin'].filter(Boolean).join(':'),
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: peer,
    ERL_CRASH_DUMP: join(home, 'erl_crash.dump'),
    RABBITMQ_NODENAME: node,
    // an address as a node's host counts as a long name
    ...(membership ? { RABBITMQ_USE_LONGNAME: 'true' } : {}),
    RABBITMQ_NODE_IP_ADDRESS: client,
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(home, 'data'),
    RABBITMQ_LOGS: '-', // to its output, which goes to the log file
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_PID_FILE: join(home, 'rabbitmq.pid'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: kernel.map((setting) => `-kernel ${setting}`).join(' '),
    // makes the start script become the broker instead of waiting for it, so that the process we signal is the broker
    RUNNING_UNDER_SYSTEMD: 'true',
  };
}

/** @param {string} home @param {RabbitPlace} place @param {RabbitMembership} [membership] */
export function writeRabbitConfiguration(home, { client, ports }, membership) {
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const cookie = join(home, '.erlang.cookie');
  if (!existsSync(cookie)) writeFileSync(cookie, membership?.cookie ?? globalThis.crypto.randomUUID(), { mode: 0o400 });
  writeFileSync(join(home, 'enabled_plugins'), '[rabbitmq_management].\n');
  writeFileSync(join(home, 'advanced.config'), '[].\n');
  const settings = [
    `listeners.tcp.1 = ${client}:${ports.amqp}`,
    `management.tcp.ip = ${client}`,
    `management.tcp.port = ${ports.management}`,
    `default_user = ${ADMIN}`,
    `default_pass = ${ADMIN}`,
    'loopback_users = none',
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 50MB',
  ];
  if (membership) {
    settings.push(
      'cluster_formation.peer_discovery_backend = classic_config',
      `cluster_formation.target_cluster_size_hint = ${membership.nodes.length}`,
      ...membership.nodes.map((node, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${node}`),
    );
  }
  writeFileSync(join(home, 'rabbitmq.conf'), `${settings.join('\n')}\n`);
}
