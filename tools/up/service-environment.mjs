// One rule for every process: it reads plain names; where settings are shared, a service's own value is prefixed with its name.
// What no setting names is derived from the servers.

/** @typedef {import('./settings.mjs').Settings} Settings */

/**
 * @typedef {object} Servers
 * @property {string} postgresAdminUrl its database is the one that is used
 * @property {string} rabbitAdminUrl
 * @property {string} rabbitManagementUrl
 * @property {'quorum' | 'classic'} [queueType] what this broker calls for, unless a setting says otherwise
 * @property {string} [vhost] default: `waybill`
 */

/** The name of the broker's virtual host, unless a service's own URL names another. */
const VHOST = 'waybill';

const FIRST_PORT = 3000;

/** Plain names that mean another thing in each service, so that one value for all of them is never what was meant. */
const OWN = ['PORT', 'DATABASE_URL', 'RABBITMQ_URL'];

/** Names that only the provision job and these tools may know. */
const ADMINISTRATORS = [
  'POSTGRES_ADMIN_URL',
  'RABBITMQ_ADMIN_URL',
  'RABBITMQ_MANAGEMENT_URL',
  'TOPOLOGY_RABBITMQ_URL',
  'READER_DATABASE_URL',
];

/**
 * The whole environment of one service.
 * @param {string} service
 * @param {string[]} services all of them
 * @param {Settings} settings
 * @param {Servers} servers
 * @returns {Settings}
 */
export function serviceEnvironment(service, services, settings, servers) {
  const others = services.filter((name) => name !== service);
  const peers = Object.fromEntries(others.map((peer) => [`${prefix(peer)}URL`, serviceUrl(peer, services, settings)]));
  const hidden = [...OWN, ...ADMINISTRATORS];
  const shared = Object.entries(settings).filter(
    ([name]) => !hidden.includes(name) && !services.some((each) => name.startsWith(prefix(each))),
  );
  const own = Object.entries(settings)
    .filter(([name]) => name.startsWith(prefix(service)))
    .map(([name, value]) => [name.slice(prefix(service).length), value]);
  return {
    NODE_ENV: 'development',
    ...(servers.queueType ? { RABBITMQ_QUEUE_TYPE: servers.queueType } : {}),
    PORT: String(servicePort(service, services, settings)),
    DATABASE_URL: databaseUrl(servers, `${service}_service`),
    RABBITMQ_URL: brokerUrl(servers, service),
    ...peers,
    ...Object.fromEntries(shared),
    ...Object.fromEntries(own),
  };
}

/**
 * The whole environment of the provision job, which needs to know what every service will connect with.
 * @param {string[]} services
 * @param {Settings} settings
 * @param {Servers} servers
 * @returns {Settings}
 */
export function provisionEnvironment(services, settings, servers) {
  const urls = services.flatMap((service) => [
    [`${prefix(service)}DATABASE_URL`, databaseUrl(servers, `${service}_service`)],
    [`${prefix(service)}RABBITMQ_URL`, brokerUrl(servers, service)],
  ]);
  return {
    NODE_ENV: 'development',
    ...(servers.queueType ? { RABBITMQ_QUEUE_TYPE: servers.queueType } : {}),
    ...Object.fromEntries(urls),
    TOPOLOGY_RABBITMQ_URL: brokerUrl(servers, 'topology'),
    READER_DATABASE_URL: databaseUrl(servers, 'reader'),
    ...settings,
    POSTGRES_ADMIN_URL: servers.postgresAdminUrl,
    RABBITMQ_MANAGEMENT_URL: servers.rabbitManagementUrl,
  };
}

/**
 * @param {string} service @param {string[]} services @param {Settings} settings
 * @returns {number} as set, else 3000 and up in the order of the names
 */
export function servicePort(service, services, settings) {
  return Number(settings[`${prefix(service)}PORT`] ?? FIRST_PORT + [...services].sort().indexOf(service));
}

/**
 * @param {string} service @param {string[]} services @param {Settings} settings
 * @returns {string} where this machine reaches it
 */
export function serviceUrl(service, services, settings) {
  const host = settings[`${prefix(service)}HOST`] ?? settings.HOST ?? '127.0.0.1';
  return `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${servicePort(service, services, settings)}`;
}

/**
 * @param {Servers} servers
 * @param {string} role its password is its name
 */
export function databaseUrl({ postgresAdminUrl }, role) {
  const url = new URL(postgresAdminUrl);
  url.username = role;
  url.password = role;
  return url.href;
}

/** @param {Servers} servers @param {string} user */
function brokerUrl({ rabbitAdminUrl, vhost = VHOST }, user) {
  const url = new URL(rabbitAdminUrl);
  url.username = user;
  url.password = user;
  url.pathname = `/${vhost}`;
  return url.href;
}

/** @param {string} service @param {string} name @returns {string} what a variable of this service is called where settings are shared */
export function variable(service, name) {
  return `${prefix(service)}${name}`;
}

/** @param {string} service */
function prefix(service) {
  return `${service.replaceAll('-', '_').toUpperCase()}_`;
}
