import { isDeepStrictEqual } from 'node:util';
import type { ContractRecord, ContractSnapshot } from './contract-snapshot';
import { schemaBreaches } from './schema-breaches';

/** What became of one event's contract since it was accepted. */
export interface ContractChange {
  readonly type: string;
  /** Whether builds of before and after can go on together: they read each other's messages, or the version tells them apart. */
  readonly isCompatible: boolean;
  /** Each thing in which it differs. */
  readonly differences: readonly string[];
  /** What to do about an incompatible change. */
  readonly advice?: string;
}

/** What differs between the accepted contracts and those of today, by event type. */
export function changesSince(accepted: ContractSnapshot, today: ContractSnapshot): ContractChange[] {
  const types = [...new Set([...Object.keys(accepted), ...Object.keys(today)])].sort();
  return types.flatMap((type) => {
    const [before, now] = [accepted[type], today[type]];
    return isDeepStrictEqual(before, now) ? [] : [changeOf(type, before, now)];
  });
}

function changeOf(type: string, before: ContractRecord | undefined, now: ContractRecord | undefined): ContractChange {
  if (!before) return compatible(type, 'is new');
  if (!now) return incompatible(type, 'put it back.', 'is gone from the catalogue');
  if (now.producer !== before.producer) {
    const advice = `give what ${now.producer} sends a type of its own: whoever consumes it now takes it from ${before.producer} alone, whatever its version.`;
    return incompatible(type, advice, `producer was ${before.producer}, is ${now.producer}`);
  }
  const versions = `version was ${before.version}, is ${now.version}`;
  if (now.version < before.version) {
    return incompatible(type, `set \`version\` to ${before.version} or more in ${fileOf(type)}.`, versions);
  }
  if (now.version > before.version) {
    return compatible(type, `${versions}, whose schema must read both`);
  }
  return sameVersion(type, before, now);
}

function sameVersion(type: string, before: ContractRecord, now: ContractRecord): ContractChange {
  const lost = before.consumers.filter((consumer) => !now.consumers.includes(consumer));
  const breaches = [
    ...lost.map((consumer) => `consumers: ${consumer} is gone`),
    ...schemaBreaches(before.payload, now.payload, 'payload'),
  ];
  if (breaches.length > 0) {
    const advice = `take that back, or raise \`version\` to ${before.version + 1} in ${fileOf(type)}, then npm run contracts:accept.`;
    return incompatible(type, advice, ...breaches);
  }
  const gained = now.consumers.filter((consumer) => !before.consumers.includes(consumer));
  return compatible(
    type,
    ...gained.map((consumer) => `consumers: ${consumer} is new`),
    ...(isDeepStrictEqual(before.payload, now.payload) ? [] : ['payload: what is new in it is optional']),
  );
}

function incompatible(type: string, advice: string, ...differences: string[]): ContractChange {
  return { type, isCompatible: false, differences, advice };
}

function compatible(type: string, ...differences: string[]): ContractChange {
  return { type, isCompatible: true, differences };
}

/** Where an event is by convention. */
function fileOf(type: string): string {
  return `libs/contracts/src/events/${type.replaceAll('.', '-')}.event.ts`;
}
