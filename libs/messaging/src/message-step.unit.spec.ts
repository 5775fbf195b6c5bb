import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type MessageStep, MessageSteps, messageSteps } from './message-step';

const root = join(__dirname, '../../..');

/** Every step that the sources of this library announce by `before(...)`, and tell by `took(...)`, by the types of what is passed there. */
const called = { before: new Set<string>(), took: new Set<string>() };

beforeAll(() => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .map((path) => join(__dirname, path));
  const program = ts.createProgram(sources, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  for (const path of sources) {
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      const owner = checker.getTypeAtLocation(node.expression.expression).symbol?.name;
      const name = node.expression.name.text;
      if (owner !== MessageSteps.name || (name !== 'before' && name !== 'took')) return;
      for (const argument of node.arguments) {
        const given = checker.getTypeAtLocation(argument);
        const step = name === 'took' ? given.getProperty('step') : undefined;
        for (const literal of literalsOf(step ? checker.getTypeOfSymbolAtLocation(step, argument) : given)) {
          called[name].add(literal);
        }
      }
    };
    const source = program.getSourceFile(path);
    if (source) visit(source);
  }
});

it.each(['before', 'took'] as const)('every step has a place that calls %s with it', (name) => {
  expect([...called[name]].sort()).toEqual([...messageSteps].sort());
});

it('a crash point is told of each step before it, and after it ahead of all listeners', () => {
  const told: string[] = [];
  const steps = new MessageSteps((moment, step) => told.push(`${moment}:${step}`));
  steps.on(({ step }) => told.push(`${step} is heard`));

  steps.before('confirmed', 'nacked');
  steps.took({ step: 'confirmed', messageId: 'm1', type: 'order.placed' });

  expect(told).toEqual(['before:confirmed', 'before:nacked', 'after:confirmed', 'confirmed is heard']);
});

/** @throws Error when a call could be of any step: it would hide those that have none. */
function literalsOf(type: ts.Type): string[] {
  const types = type.isUnion() ? type.types : [type];
  const literals = types.map((each) => (each.isStringLiteral() ? (each.value as MessageStep) : undefined));
  if (literals.includes(undefined) || literals.length === messageSteps.length) {
    throw new Error('A call of before() or took() does not say which steps it is of');
  }
  return literals.filter((literal) => literal !== undefined);
}
