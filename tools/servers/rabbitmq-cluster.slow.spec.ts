import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  createVhost,
  eventually,
  type OwnCluster,
  type OwnClusterOptions,
  startOwnCluster,
  startOwnPostgres,
  TestVhost,
  whyImpossible,
} from '@waybill/testing';

let cluster: OwnCluster;
let vhost: TestVhost;
/** The same vhost, by way of each node. */
let at: TestVhost[];

const start = (options: OwnClusterOptions) => async () => {
  cluster = await startOwnCluster(options);
  vhost = await createVhost(node(0));
  at = cluster.nodes.map((each) => new TestVhost(each, vhost.name));
};

function node(index: number) {
  const found = cluster.nodes[index];
  if (!found) throw new Error(`no node ${index}`);
  return found;
}

async function declare(queue: string): Promise<number> {
  const channel = await vhost.channel();
  await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum' } });
  await channel.close();
  return await cluster.leaderOf(vhost.name, queue);
}

async function publish(index: number, queue: string, bodies: string[]): Promise<void> {
  for (const body of bodies) await at[index]?.publish('', queue, body);
}

async function take(index: number, queue: string, count: number) {
  return (await at[index]?.take(queue, count))?.map(({ content }) => content.toString());
}

/** As a node itself sees it. */
async function running(index: number): Promise<number> {
  return Number(await node(index).control('eval', 'length(rabbit_nodes:list_running()).'));
}

const others = (index: number) => [0, 1, 2].filter((other) => other !== index) as [number, number];

const noCluster = whyImpossible('cluster');
(noCluster ? describe.skip : describe)(`a cluster of three${noCluster ? `: ${noCluster}` : ''}`, () => {
  beforeAll(start({}));
  afterAll(() => cluster.end());

  it('has three nodes, each with an address of its own and the usual tick', async () => {
    expect(await Promise.all([0, 1, 2].map(running))).toEqual([3, 3, 3]);
    expect(new Set(cluster.nodes.map(({ amqpUrl }) => new URL(amqpUrl).hostname)).size).toBe(3);
    expect(await node(2).control('eval', 'net_kernel:get_net_ticktime().')).toBe('60\n');
  });

  it('keeps confirmed messages when the node that leads their queue is killed, and takes more', async () => {
    const leader = await declare('kept');
    const [one, other] = others(leader);
    await publish(leader, 'kept', ['1', '2', '3']);

    await node(leader).kill();
    await publish(one, 'kept', ['4']);

    expect(others(leader)).toContain(await cluster.leaderOf(vhost.name, 'kept'));
    expect(await take(other, 'kept', 4)).toEqual(['1', '2', '3', '4']);
    await node(leader).start();
    await eventually('it is back', async () => expect(await running(leader)).toBe(3));
  });

  it('says what it would have to be started with to cut a node off, and that it knows no such queue', async () => {
    await expect(cluster.cutOff(1)).rejects.toThrow("network: 'namespaces'");
    await expect(cluster.leaderOf(vhost.name, 'none')).rejects.toThrow('there is no queue none');
  });
});

const noPartition = whyImpossible('partition');
const describePartition = noPartition ? describe.skip : describe;

describePartition(`a cluster of three in networks of their own${noPartition ? `: ${noPartition}` : ''}`, () => {
  beforeAll(start({ network: 'namespaces', netTicktime: 8 }));
  afterAll(() => cluster.end());

  it('confirms nothing on a node that is cut off, but on the others, until it has rejoined', async () => {
    const leader = await declare('parted');
    const [one, other] = others(leader);
    await publish(leader, 'parted', ['1']);

    await cluster.cutOff(leader);
    let isConfirmed = false;
    const late = publish(leader, 'parted', ['late']).then(() => {
      isConfirmed = true;
    });
    expect(others(leader)).toContain(await cluster.leaderOf(vhost.name, 'parted'));
    await publish(one, 'parted', ['2', '3']);
    await eventually('it sees itself alone', async () => expect(await running(leader)).toBe(1), 60_000);
    await eventually('the others see themselves without it', async () => expect(await running(other)).toBe(2), 60_000);
    await publish(other, 'parted', ['4']);
    expect(isConfirmed).toBe(false);

    await cluster.rejoin(leader);
    await late;
    await eventually(
      'all see all',
      async () => expect(await Promise.all([0, 1, 2].map(running))).toEqual([3, 3, 3]),
      60_000,
    );
    expect((await take(leader, 'parted', 5))?.sort()).toEqual(['1', '2', '3', '4', 'late']);
  });

  it('has a network that is gone, and its nodes, once the next server is started after its host was killed', async () => {
    const before = links();
    const host = spawn(
      process.execPath,
      [join(__dirname, 'server-host.mjs'), join(__dirname, '../../.waybill', `test-abandoned${process.pid}`)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    host.stdin.write(
      `${JSON.stringify({ id: 1, name: 'server', do: 'start', kind: 'rabbitmq-cluster', options: { network: 'namespaces' } })}\n`,
    );
    const result = await new Promise<{ nodes: { pid: number }[] }>((resolve) => {
      createInterface({ input: host.stdout }).on('line', (line) => {
        const answer = JSON.parse(line);
        if (answer.id === 1) resolve(answer.result);
      });
    });
    expect(links()).toHaveLength(before.length + 3);
    expect(result.nodes.filter(({ pid }) => isRunning(pid))).toHaveLength(3);
    host.kill('SIGKILL');
    await once(host, 'exit');

    await (await startOwnPostgres()).end();

    expect(links()).toEqual(before);
    expect(result.nodes.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it('has a network that is gone once it has ended', async () => {
    const before = links();
    const another = await startOwnCluster({ nodes: 1, network: 'namespaces' });
    expect(links()).toHaveLength(before.length + 1);
    await another.end();
    expect(links()).toEqual(before);
  });
});

/** Of this machine's own namespace. */
function links(): string[] {
  return execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.startsWith('waybill'))
    .map((line) => line.split(/[@ ]/)[0] ?? '');
}

/** One that has ended, and that nobody has asked about since, does not run. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
