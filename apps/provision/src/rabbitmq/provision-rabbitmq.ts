import { connect } from 'node:net';
import { catalogue, type ServiceName, services } from '@waybill/contracts';
import { declareTopology, permissionsOf, topologyOf } from '@waybill/messaging';
import { isDatabaseAway as isConnectionRefused } from '@waybill/service';
import { brokerVariable, loginOf, type ProvisionEnvironment, pathOf } from '../environment';
import { say } from '../progress';
import { waitFor } from '../wait-for';
import { isManagementAway, ManagementApi } from './management-api';

const everything = '.*';

/** Virtual host; exchanges, queues and bindings; then a user for each service and what it may do. What is there already stays. */
export async function provisionRabbitmq(environment: ProvisionEnvironment): Promise<void> {
  const api = new ManagementApi(environment.RABBITMQ_MANAGEMENT_URL);
  const virtualHost = pathOf(environment.TOPOLOGY_RABBITMQ_URL) || '/';
  await waitFor(`RabbitMQ's management API at ${api.host}`, () => api.get('overview'), isManagementAway);
  say(`RabbitMQ at ${api.host}, virtual host ${virtualHost}`);
  await api.put(['vhosts', virtualHost], {});
  await grantTopology(api, virtualHost, environment.TOPOLOGY_RABBITMQ_URL);
  await declareAll(environment);
  for (const service of services) await grantService(api, virtualHost, environment, service);
  say(`  users ${services.join(', ')} with only the permissions they need`);
}

/** Topic permissions need the exchange that they are for; they come before the permissions that they narrow. */
async function grantService(
  api: ManagementApi,
  virtualHost: string,
  environment: ProvisionEnvironment,
  service: ServiceName,
): Promise<void> {
  const { user, password } = loginOf(environment[brokerVariable(service)]);
  if (user === api.user) {
    throw new Error(
      `The administrator of RABBITMQ_MANAGEMENT_URL has the name of the service ${user}: use another one`,
    );
  }
  const { topics, ...permissions } = permissionsOf(service, catalogue, environment.RABBITMQ_QUEUE_TYPE);
  await api.put(['users', user], { password, tags: '' });
  for (const topic of topics) await api.put(['topic-permissions', virtualHost, user], topic);
  await api.put(['permissions', virtualHost, user], permissions);
}

/** The one user that may declare everything. An administrator that is also used for this keeps its password and tags. */
async function grantTopology(api: ManagementApi, virtualHost: string, url: string): Promise<void> {
  const { user, password } = loginOf(url);
  if (user !== api.user) await api.put(['users', user], { password, tags: '' });
  const permissions = { configure: everything, write: everything, read: everything };
  await api.put(['permissions', virtualHost, user], permissions);
}

async function declareAll(environment: ProvisionEnvironment): Promise<void> {
  const { TOPOLOGY_RABBITMQ_URL, RABBITMQ_QUEUE_TYPE } = environment;
  const topology = topologyOf(catalogue, RABBITMQ_QUEUE_TYPE);
  const { host } = new URL(TOPOLOGY_RABBITMQ_URL);
  await waitFor(`RabbitMQ at ${host}`, () => reach(TOPOLOGY_RABBITMQ_URL), isConnectionRefused);
  await declareTopology(TOPOLOGY_RABBITMQ_URL, topology);
  const count = `${topology.exchanges.length} exchanges, ${topology.queues.length} ${RABBITMQ_QUEUE_TYPE} queues`;
  say(`  ${count} with their bindings`);
}

/** The management API comes up a moment before the AMQP port does. */
async function reach(url: string): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) || (protocol === 'amqps:' ? 5671 : 5672) });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
  } finally {
    socket.destroy();
  }
}
