import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '@waybill/contracts';
import { parse } from 'yaml';
import { asyncApiDocument } from '../libs/messaging/src/asyncapi/document';

const document = JSON.parse(JSON.stringify(asyncApiDocument(catalogue, 'classic')));

test('the document is printed as YAML, or as JSON', () => {
  const [yaml, json] = [asyncapi(), asyncapi('--json')];

  expect(yaml).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^asyncapi: 3\.1\.0\n/) });
  expect(parse(yaml.stdout)).toEqual(document);
  expect(json).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toEqual(document);
});

test('it is written to a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-asyncapi-'));
  try {
    expect(asyncapi('--json', '--out', join(folder, 'waybill.json'))).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(join(folder, 'waybill.json'), 'utf8'))).toEqual(document);
    expect(asyncapi('--out', join(folder, 'nowhere/waybill.yaml'))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^ENOENT: no such file or directory, open '.*waybill.yaml'\n$/),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [['--yaml'], "Unknown option '--yaml'"],
  [['order.yaml'], 'not known: order.yaml'],
  [['--out'], "Option '--out <value>' argument missing"],
])('%j is refused with the usage', (words, problem) => {
  const { status, stderr } = asyncapi(...words);

  expect(status).toBe(2);
  expect(stderr).toMatch(problem);
  expect(stderr).toMatch('npm run --silent asyncapi');
});

test('another type of queue is refused', () => {
  expect(run({ RABBITMQ_QUEUE_TYPE: 'stream' })).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('RABBITMQ_QUEUE_TYPE is stream, and must be quorum or classic'),
  });
});

function asyncapi(...words: string[]) {
  return run({ RABBITMQ_QUEUE_TYPE: 'classic' }, ...words);
}

function run(env: NodeJS.ProcessEnv, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'asyncapi.mjs'), ...words], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
