import type { ServiceProcess } from '@waybill/testing';
import type { Breach } from './ledger';

/**
 * I3: each message was processed once by each consumer, by what the processes say themselves. The ledger does not show a second time, because
 * the inbox has one row for both.
 */
export function processedTwice(processes: readonly ServiceProcess[]): Breach[] {
  const counts = new Map<string, number>();
  for (const { messageId, type, consumer } of processes.flatMap((process) => process.steps({ step: 'processed' }))) {
    const message = `${type} ${messageId} was processed by ${consumer}`;
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([message, count]) => ({ invariant: 'I3', harm: 'doubled', detail: `${message} ${count} times` }));
}
