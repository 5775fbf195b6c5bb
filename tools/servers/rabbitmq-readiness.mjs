import { connect } from 'node:net';

/** Whether the broker answers the AMQP 0-9-1 protocol header with a method frame. @param {number} port @param {string} [host] @returns {Promise<boolean>} */
export function speaksAmqp(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 }, () => socket.write('AMQP\x00\x00\x09\x01'));
    /** @param {boolean} answer */
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (frame) => end(frame[0] === 1));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
  });
}

/**
 * @param {number} port @param {string} admin user, and password
 * @param {string} [host]
 * @returns {Promise<boolean>} whether the management API answers this administrator
 */
export async function answersManagement(port, admin, host = '127.0.0.1') {
  const authorization = `Basic ${Buffer.from(`${admin}:${admin}`).toString('base64')}`;
  try {
    const response = await fetch(`http://${host}:${port}/api/overview`, {
      headers: { authorization },
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // refused or reset: its listeners come up one after the other
  }
}
