import { createServer } from 'node:net';

// Below the ranges that systems take outgoing ports from, so that no client's socket gets in while a service is down, and apart from
// those of the private servers.
// Each of jest's workers has a part of its own, or two would take what is free for both.
const count = 600;
const first = 30_000 + (Number(process.env.JEST_WORKER_ID ?? 1) % 4) * count;

/** Distinct ports of 127.0.0.1 that nothing listens on now. */
export async function freePorts(howMany: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < howMany) {
    const port = first + Math.floor(Math.random() * count);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
