import { versionRefusal } from './connect-failure';

describe('versionRefusal', () => {
  it.each(['4.3.0', '4.3.6', '4.10.0', '5.0.0', '4.3.0-rc.1'])('takes quorum queues on %s', (version) => {
    expect(versionRefusal(version, 'quorum')).toBeUndefined();
  });

  it.each(['3.10.8', '3.13.7', '4.0.5', '4.2.9', undefined])(
    'refuses quorum queues on %s, and takes classic ones',
    (version) => {
      expect(versionRefusal(version, 'quorum')).toMatch(/RABBITMQ_QUEUE_TYPE=classic$/);
      expect(versionRefusal(version, 'classic')).toBeUndefined();
    },
  );
});
