import { join } from 'node:path';
import { mutations } from '../mutations';
import { tryMutation } from './patch';
import { judge } from './run-mutation';

const root = join(__dirname, '../..');

describe('the mutations', () => {
  it.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
    '%s applies to the source',
    (_, mutation) => {
      tryMutation(mutation, root);
      expect(mutation.edits.filter(({ replace, by }) => replace === by)).toEqual([]);
    },
  );

  it('have names of their own', () => {
    expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
  });

  it('say where the source has changed', () => {
    const edit = { file: 'package.json', replace: 'what never stood there', by: '' };

    expect(() => tryMutation({ name: 'old', edits: [edit] }, root)).toThrow(
      /old does not apply: in package.json .* 0 times/,
    );
    expect(() => tryMutation({ name: 'old', edits: [{ ...edit, replace: 'a' }] }, root)).toThrow(/not once/);
  });
});

describe('the verdict on a mutation', () => {
  const mutation = { catches: ['I3 lost', 'I12 illegal: it could not go on: Error: dropped'] };
  const breach = (invariant: string, harm: 'lost' | 'illegal', detail: string) => ({ invariant, harm, detail });
  const failed = (...breaches: ReturnType<typeof breach>[]) => ({ verdict: 'failed' as const, breaches });

  it('is caught by what should catch it, and tells all that did', () => {
    const found = failed(breach('I3', 'lost', 'one'), breach('I3', 'lost', 'two'), breach('I9', 'illegal', 'three'));

    expect(judge(mutation, found)).toEqual({ verdict: 'caught', by: ['I3 lost (2)', 'I9 illegal (1)'] });
  });

  it("is caught by the scenario's own finding, by its words", () => {
    expect(judge(mutation, failed(breach('I12', 'illegal', 'it could not go on: Error: dropped 3')))).toMatchObject({
      verdict: 'caught',
    });
  });

  it.each([
    ['green', { verdict: 'passed' as const, breaches: [] }, 'the scenario has passed'],
    [
      'red for another reason',
      failed(breach('I12', 'illegal', 'it could not go on: Error: no build')),
      /^red, but not by I3 lost or/,
    ],
    ['without a result', undefined, /^the scenario has no result/],
  ])('is not caught when it is %s', (_, result, reason) => {
    expect(judge(mutation, result)).toMatchObject({ verdict: 'not caught', reason: expect.stringMatching(reason) });
  });

  it('is skipped where the scenario is', () => {
    const skipped = { verdict: 'skipped' as const, reason: 'no root', breaches: [] };

    expect(judge(mutation, skipped)).toEqual({ verdict: 'skipped', by: [], reason: 'no root' });
  });
});
