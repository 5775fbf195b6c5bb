import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../change-set.mjs';
import { CLONE } from '../clone.mjs';

const EVENT = /^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const SERVICE = /^[a-z][a-z0-9]{1,29}$/;

/** What else has a name where services have theirs: at the broker, in Postgres, among the parts of `npm run plug`, in end-to-end specs, in the code that is made. */
const TAKEN =
  'admin broker catalogue compiler database end environment guest health messaging postgres processes provision public publish queue reader secrets service services sql topology vhost waybill';

/** @param {string} type @throws Refusal when it is no name of an event */
export function checkEventName(type) {
  if (EVENT.test(type)) return;
  throw new Refusal(
    `"${type}" is no name of an event: aggregate.fact, in lower case, words joined by hyphens, for example order.returned. Nothing was written.`,
  );
}

/** @param {string} name @throws Refusal when no service can have it */
export function checkServiceName(name) {
  if (!SERVICE.test(name)) {
    throw new Refusal(
      `"${name}" is no name of a service: one word in lower case, of letters and digits, for example loyalty. Nothing was written.`,
    );
  }
  if (TAKEN.split(' ').includes(name) || !isIdentifier(name) || beginsVariable(name)) {
    throw new Refusal(`A service cannot be called "${name}": the name means something else here. Nothing was written.`);
  }
}

/** `order-returned` of `order.returned`. @param {string} type */
export function fileName(type) {
  return type.replace('.', '-');
}

/** `OrderReturned` of `order.returned`. @param {string} type */
export function className(type) {
  return type.replaceAll(/(?:^|[.-])(.)/g, (_match, letter) => letter.toUpperCase());
}

/** `orderReturned` of `order.returned`. @param {string} type */
export function variableName(type) {
  const name = className(type);
  return `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
}

/** Whether code may call something so. @param {string} name */
function isIdentifier(name) {
  try {
    return new Function(`'use strict'; const ${name} = 1;`) !== undefined;
  } catch {
    return false; // a word of the language
  }
}

/** A service's own variables begin with its name: those of `log` could not be told from LOG_LEVEL. @param {string} name */
function beginsVariable(name) {
  const example = readFileSync(join(CLONE, '.env.example'), 'utf8');
  return new RegExp(`^#? ?${name.toUpperCase()}_`, 'm').test(example);
}
