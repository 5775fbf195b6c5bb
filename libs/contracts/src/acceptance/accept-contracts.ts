import { type ContractChange, changesSince } from './contract-changes';
import { contractReport } from './contract-report';
import type { ContractSnapshot } from './contract-snapshot';

/**
 * Accepts today's contracts.
 * @param forgotten types of which nothing that was accepted counts any more: they may be gone, or differ in any way.
 * @returns what has changed with it.
 * @throws Error when another change is incompatible, or when a forgotten type was never accepted.
 */
export function acceptContracts(
  accepted: ContractSnapshot,
  today: ContractSnapshot,
  forgotten: readonly string[],
): ContractChange[] {
  for (const type of forgotten) {
    if (!(type in accepted)) {
      throw new Error(
        `${type} was never accepted: there is ${Object.keys(accepted).join(', ') || 'nothing to forget'}.`,
      );
    }
  }
  const remembered = Object.entries(accepted).filter(([type]) => !forgotten.includes(type));
  const changes = changesSince(Object.fromEntries(remembered), today);
  const breaking = changes.filter(({ isCompatible }) => !isCompatible);
  if (breaking.length > 0) throw new Error(contractReport(breaking));
  return changes;
}
