import { startSystem } from '@waybill/testing';

test('a system whose services end unasked, or log a secret, fails the spec that started it, and leaves nothing', async () => {
  const system = await startSystem({ services: ['warehouse', 'payment'] });
  system.secrets.add('is ready at');
  system.payment.signal('SIGKILL');
  await system.payment.ended();
  const end = system.end();
  await expect(end).rejects.toThrow('payment ended unasked with SIGKILL');
  await expect(end).rejects.toThrow(/warehouse logged is ready at: .*warehouse is ready at http/);
  expect(system.services.filter(({ isRunning }) => isRunning)).toEqual([]);
  await expect(system.vhost.manage('GET', `vhosts/${system.vhost.name}`)).rejects.toThrow('404');
});

test('a start that fails says why, and leaves nothing', async () => {
  const start = startSystem({ services: ['warehouse'], env: { WAREHOUSE_HANDLER_DEADLINE: 'soon' } });
  await expect(start).rejects.toThrow(/warehouse ended with exit code 1\. Its last lines:\n(.*\n)*.*HANDLER_DEADLINE/);
});
