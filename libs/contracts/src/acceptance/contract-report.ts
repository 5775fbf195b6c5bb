import type { ContractChange } from './contract-changes';

/** What to tell of changes that are not accepted, with what to do; empty if there are none. */
export function contractReport(changes: readonly ContractChange[]): string {
  if (changes.length === 0) return '';
  const breaking = changes.filter(({ isCompatible }) => !isCompatible);
  const harmless = changes.filter(({ isCompatible }) => isCompatible);
  const paragraphs = [
    'The contracts are not as they were accepted.',
    ...breaking.map((change) => `${describeChange(change)}\n  So: ${change.advice}`),
    ...(breaking.length > 0 ? [whyAndWhyNot(breaking)] : []),
    ...harmless.map(describeChange),
    ...(harmless.length > 0
      ? ['So: npm run contracts:accept, and commit libs/contracts/contracts.snapshot.json with the change.']
      : []),
  ];
  return paragraphs.join('\n\n');
}

/** One event and what differs in it, each on a line. */
export function describeChange({ type, differences }: ContractChange): string {
  return [type, ...differences.map((difference) => `  - ${difference}`)].join('\n');
}

function whyAndWhyNot(breaking: readonly ContractChange[]): string {
  return [
    'Services are deployed one by one, so within a version every build must read what every other has sent.',
    'Only where no deployed build, queue or table knows the event as it was accepted:',
    `  npm run contracts:accept -- ${breaking.map(({ type }) => `--forget ${type}`).join(' ')}`,
  ].join('\n');
}
