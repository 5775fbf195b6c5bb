import { connect } from 'node:net';

/** @param {number} port @returns {Promise<boolean>} whether anything listens there */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Whether the broker answers the AMQP 0-9-1 protocol header with a method frame. @param {number} port @returns {Promise<boolean>} */
export function speaksAmqp(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 }, () => socket.write('AMQP\x00\x00\x09\x01'));
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
 * @returns {Promise<boolean>} whether the management API answers this administrator
 */
export async function answersManagement(port, admin) {
  const authorization = `Basic ${Buffer.from(`${admin}:${admin}`).toString('base64')}`;
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/overview`, {
      headers: { authorization },
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // refused or reset: its listeners come up one after the other
  }
}
