import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManagementApi } from './management-api';

test('no request goes over a connection that the server may be about to close', async () => {
  const connections = new Set<object>();
  const server = createServer((request, response) => {
    connections.add(request.socket);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const api = new ManagementApi(`http://admin:password@127.0.0.1:${(server.address() as AddressInfo).port}`);

  for (let requests = 0; requests < 5; requests++) await api.get('overview');
  server.close();

  expect(connections.size).toBe(5);
});
