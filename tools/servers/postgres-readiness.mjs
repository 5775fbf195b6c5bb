import { connect } from 'node:net';

/**
 * Whether the server answers a start-up packet by asking for a password; one that starts or stops answers with an error.
 * @param {number} port @param {string} user @returns {Promise<boolean>}
 */
export function takesConnections(port, user) {
  const parameters = Buffer.from(`user\0${user}\0database\0postgres\0\0`);
  const packet = Buffer.alloc(8 + parameters.length);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(196_608, 4); // protocol 3.0
  parameters.copy(packet, 8);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 }, () => socket.write(packet));
    /** @param {boolean} answer */
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (answer) => end(answer.toString('latin1', 0, 1) === 'R'));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
  });
}
