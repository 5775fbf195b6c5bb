import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FreshClone } from '../../test/fresh-clone';

/** `npm run new`, in a clone of its own. It uses no event but those that it makes, so that it holds in any domain. */
const clone = new FreshClone('clone-new');

beforeAll(() => clone.create());
afterAll(() => clone.remove());

describe('what cannot be done is refused, with what to do, and nothing is written', () => {
  test.each<[string, string, number, string]>([
    ['nothing', '', 2, 'Say what: event, consumer or service.'],
    ['another kind', 'queue order', 2, 'not known: queue'],
    ['no name', 'service', 2, 'Name the service.'],
    ['a word too many', 'service loyalty cards', 2, 'not known: cards'],
    ['an option of another kind', 'service loyalty --in order', 2, 'A new service has no --in.'],
    ['an unknown option', 'service loyalty --port 3', 2, '--port'],
    ['an event from nowhere', 'event parcel.sent --to warehouse', 2, 'A new event needs --from.'],
    ['an event to nobody', 'event parcel.sent --from order', 2, 'A new event needs --to.'],
    ['a consumer nowhere', 'consumer parcel.sent', 2, 'A new consumer needs --in.'],
    ['a name that is none of an event', 'event Parcel_Sent --from order --to warehouse', 1, 'aggregate.fact'],
    ['a path for a name', 'event ../parcel.sent --from order --to warehouse', 1, 'aggregate.fact'],
    ['an unknown producer', 'event parcel.sent --from shop --to warehouse', 1, 'There is no service "shop"'],
    ['an unknown consumer', 'event parcel.sent --from order --to warehouse,shop', 1, 'There is no service "shop"'],
    ['a consumer twice', 'event parcel.sent --from order --to warehouse,warehouse', 1, 'names a service twice'],
    ['an unknown event', 'consumer parcel.sent --in warehouse', 1, 'There is no event parcel.sent. A new one: npm run'],
    ['a service with an unknown event', 'service loyalty --consumes parcel.sent', 1, 'There is no event parcel.sent'],
    ['a service that is there', 'service payment', 1, 'There is a service payment already'],
    ['two words for a service', 'service gift-cards', 1, 'one word in lower case'],
    ['a word of the language', 'service return', 1, 'the name means something else here'],
    ['a user of the broker', 'service admin', 1, 'the name means something else here'],
    ['the beginning of a setting', 'service log', 1, 'the name means something else here'],
  ])('%s', (_what, args, status, said) => {
    const before = contents();

    expect(make(args)).toMatchObject({ status, stderr: expect.stringContaining(said) });
    expect(contents()).toEqual(before);
  });

  test('a file that has lost the place for what is new is named, with what to do by hand', () => {
    const file = join(clone.folder, 'docker-compose.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('WAREHOUSE_URL: http', 'ELSEWHERE_URL: http'));
    const before = contents();

    const { status, stderr } = make('event parcel.lost --from order --to warehouse');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const made = contents();
    expect(make('service loyalty --consumes parcel.lost')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^docker-compose\.yml .* tell the order service LOYALTY_URL by hand/),
    });

    expect(contents()).toEqual(made);
    writeFileSync(file, text);
    expect(made).not.toEqual(before);
  });
});

describe('what it makes', () => {
  test('an event has its contract, its line in the catalogue, and a consumer with a test in each service', () => {
    const before = contents();

    const { status, stdout } = make('event parcel.sent --from order --to payment,warehouse');

    expect(status).toBe(0);
    expect(changed(before)).toEqual(files(stdout));
    expect(files(stdout)).toEqual([
      'apps/payment/src/consumers/parcel-sent.consumer.int.spec.ts',
      'apps/payment/src/consumers/parcel-sent.consumer.ts',
      'apps/payment/src/payment.module.ts',
      'apps/warehouse/src/consumers/parcel-sent.consumer.int.spec.ts',
      'apps/warehouse/src/consumers/parcel-sent.consumer.ts',
      'apps/warehouse/src/warehouse.module.ts',
      'libs/contracts/contracts.snapshot.json',
      'libs/contracts/src/catalogue.ts',
      'libs/contracts/src/events/parcel-sent.event.ts',
      'libs/contracts/src/index.ts',
    ]);
    expect(read('libs/contracts/src/catalogue.ts')).toMatch(/^ {2}order: \[[^\]]*\bParcelSent\b/m);
    expect(stdout).toContain('Next:\n  1. say what the fact is: libs/contracts/src/events/parcel-sent.event.ts');
    expect(make('event parcel.sent --from order --to payment')).toMatchObject({
      status: 1,
      stderr: 'The event parcel.sent is there already. Nothing was written.\n',
    });
  });

  test('a service has an app, a database, a broker user, a port, and a consumer with a test', () => {
    const before = contents();

    const { status, stdout } = make('service loyalty --consumes parcel.sent');

    expect(status).toBe(0);
    expect(changed(before)).toEqual(files(stdout));
    expect(files(stdout)).toEqual([
      '.env.example',
      'apps/loyalty/src/consumers/parcel-sent.consumer.int.spec.ts',
      'apps/loyalty/src/consumers/parcel-sent.consumer.ts',
      'apps/loyalty/src/database.ts',
      'apps/loyalty/src/environment.ts',
      'apps/loyalty/src/loyalty.module.ts',
      'apps/loyalty/src/main.ts',
      'apps/provision/src/services.ts',
      'docker-compose.yml',
      'libs/contracts/contracts.snapshot.json',
      'libs/contracts/src/events/parcel-sent.event.ts',
      'libs/contracts/src/services.ts',
      'nest-cli.json',
    ]);
    expect(read('.env.example')).toContain('# LOYALTY_PORT=3003\n');
    expect(stdout).toContain('it is at http://127.0.0.1:3003');
  });

  test('a consumer has its place in the contract and in the module, and a test with data that fit', () => {
    make('event parcel.weighed --from loyalty --to warehouse');
    const contract = join(clone.folder, 'libs/contracts/src/events/parcel-weighed.event.ts');
    const data = `z.object({
      parcelId: z.uuid(), at: z.iso.datetime(), by: z.string().min(40), unit: z.enum(['g', 'kg']), note: z.string().optional(),
      weights: z.array(z.object({ grams: z.int().positive(), rough: z.boolean() })).min(2), seal: z.null(), scale: z.literal(7),
      from: z.union([z.email(), z.null()]), country: z.string().length(2), tare: z.number().min(0.5).max(0.75),
    })`;
    writeFileSync(
      contract,
      read('libs/contracts/src/events/parcel-weighed.event.ts').replace(/z\.object\(\{.*?\}\)/s, data),
    );

    rmSync(join(clone.folder, 'apps/warehouse/src/consumers/parcel-weighed.consumer.int.spec.ts')); // for other data
    expect(make('consumer parcel.weighed --in order')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm run contracts:check says what to do'),
    });
    clone.run('node', 'tools/contracts.mjs', 'accept', '--forget', 'parcel.weighed');

    expect(make('consumer parcel.weighed --in order')).toMatchObject({ status: 0 });

    expect(read('libs/contracts/src/events/parcel-weighed.event.ts')).toContain(`consumers: ['warehouse', 'order']`);
    expect(read('apps/order/src/consumers/parcel-weighed.consumer.int.spec.ts')).toContain('parcelId: uuidv7()');
    expect(make('consumer parcel.weighed --in order')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('order consumes parcel.weighed already'),
    });
  });

  test('where no data can be made up that fit, it says so', () => {
    const contract = join(clone.folder, 'libs/contracts/src/events/parcel-lost.event.ts');
    writeFileSync(contract, readFileSync(contract, 'utf8').replace('z.uuid()', `z.string().regex(/^P-\\d+$/)`));
    const before = contents();

    expect(make('consumer parcel.lost --in loyalty')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^No example of parcel\.lost can be made up .*\n.*pattern.*\n.*parcelId/),
    });
    expect(contents()).toEqual(before);
    writeFileSync(
      contract,
      before.get('libs/contracts/src/events/parcel-lost.event.ts')?.replace(/z\.string.*\/\)/, 'z.uuid()') ?? '',
    );
  });

  test('compiles', () => {
    expect(run('types')).toEqual({ status: 0, output: '' });
  });

  test('is formatted, and lint has nothing to say of it', () => {
    expect(run('lint')).toMatchObject({ status: 0 });
  });

  test('passes its tests', () => {
    const { status, output } = run('test:int', 'parcel-');

    expect({ status, output }).toEqual({ status: 0, output: expect.stringMatching(/^Tests: +5 passed, 5 total$/m) });
  });
});

/** @param args of `npm run new`. */
function make(args: string): { status: number | null; stdout: string; stderr: string } {
  return clone.run('node', 'tools/new.mjs', ...args.split(' ').filter((word) => word !== ''));
}

/** Runs an npm script, without what npm says of itself. */
function run(script: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = clone.run('npm', 'run', '--silent', script, '--', ...args);
  return { status, output: `${stdout}${stderr}`.replaceAll(/^npm warn .*\n/gm, '') };
}

function read(file: string): string {
  return readFileSync(join(clone.folder, file), 'utf8');
}

/** Every file of the clone that git would keep, by its path. */
function contents(): Map<string, string> {
  const kept = readdirSync(clone.folder, { withFileTypes: true }).filter(
    ({ name }) => !['node_modules', 'dist', '.waybill'].includes(name),
  );
  const paths = kept.flatMap((entry) =>
    entry.isFile()
      ? [entry.name]
      : readdirSync(join(clone.folder, entry.name), { recursive: true, withFileTypes: true })
          .filter((each) => each.isFile())
          .map((each) => join(each.parentPath, each.name).slice(clone.folder.length + 1)),
  );
  return new Map(paths.map((path) => [path, read(path)]));
}

/** The files that are not as they were. */
function changed(before: Map<string, string>): string[] {
  return [...contents()]
    .filter(([path, text]) => before.get(path) !== text)
    .map(([path]) => path)
    .sort();
}

/** Those that it says it has made or changed. */
function files(stdout: string): string[] {
  return [...stdout.matchAll(/^(?:created|changed) {2}(.*)$/gm)].map(([, path]) => path as string).sort();
}
