import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { provisionEnvironment } from '../apps/provision/src/environment';
import { composeVariables } from './compose-file';
import { serviceEnvironments } from './service-environments';

const services = Object.entries(serviceEnvironments).map(([name, schema]) => [name.toUpperCase(), schema] as const);

/** Read by `npm run up` alone, which derives the others from it. */
const ofTheTools = ['RABBITMQ_ADMIN_URL'];

const example = new Map(
  [...readFileSync(join(__dirname, '../.env.example'), 'utf8').matchAll(/^#? ?([A-Z_]+)=(.*)$/gm)].map(
    ([, name, value]) => [name, value] as const,
  ),
);

test.each(services)('.env.example has each variable that %s reads, for all or for it', (prefix, schema) => {
  const missing = Object.keys(schema.shape).filter((name) => !example.has(name) && !example.has(`${prefix}_${name}`));

  expect(missing).toEqual([]);
});

test('.env.example has each variable that the provision job reads', () => {
  expect(Object.keys(provisionEnvironment.shape).filter((name) => !example.has(name))).toEqual([]);
});

test('.env.example has each variable of docker-compose.yml, with its default', () => {
  const defaults = [...composeVariables()].filter(([name]) => name !== 'LOG_FORMAT');

  expect(Object.fromEntries(defaults.map(([name]) => [name, example.get(name)]))).toEqual(Object.fromEntries(defaults));
});

test('.env.example has no variable that nobody reads', () => {
  const read = new Set([...ofTheTools, ...composeVariables().keys(), ...Object.keys(provisionEnvironment.shape)]);
  for (const [prefix, schema] of services) {
    for (const name of Object.keys(schema.shape)) read.add(name).add(`${prefix}_${name}`);
  }

  expect([...example.keys()].filter((name) => name === undefined || !read.has(name))).toEqual([]);
});

test.each(services)('the examples are values that %s takes, and its defaults', (prefix, schema) => {
  const given = Object.keys(schema.shape).map((name) => [name, example.get(`${prefix}_${name}`) ?? example.get(name)]);
  const withoutDefault = given.filter(([name]) => name?.endsWith('_URL') || name === 'CRASH_AT');

  expect(schema.parse(Object.fromEntries(given))).toEqual(schema.parse(Object.fromEntries(withoutDefault)));
});
