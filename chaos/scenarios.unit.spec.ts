import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { families } from './scenario';
import { scenarios } from './scenarios';

const names = scenarios.map(({ name }) => name);

test('each scenario has a name of its own', () => {
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test('the short form has at least one of each family', () => {
  const short = scenarios.filter(({ isShort }) => isShort).map(({ family }) => family);

  expect(families.filter((family) => !short.includes(family))).toEqual([]);
});

test('docs/guarantees.md names scenarios that are there, and each of them', () => {
  const page = readFileSync(join(__dirname, '../docs/guarantees.md'), 'utf8');
  const lines = [...page.matchAll(/^- Attacked by (.*)$/gm)].map(([, text = '']) => text);
  const named = lines.flatMap((text) => [...text.matchAll(/`([a-z\d-]+)`/g)].map(([, name = '']) => name));

  expect(lines.length).toBeGreaterThan(8);
  expect(named.filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name) => !named.includes(name))).toEqual([]);
});
