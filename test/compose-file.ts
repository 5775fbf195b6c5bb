import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A container, as docker-compose.yml describes it and as far as its spec reads it. */
export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly hostname?: string;
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const text = readFileSync(join(__dirname, '../docker-compose.yml'), 'utf8');

const variable = /\$\$|\$\{([A-Z_]+):-([^}]*)\}/g;

/** The file with its variables replaced as `docker compose` does it, by what .env would say or else by their defaults. */
export function readComposeFile(settings: Readonly<Record<string, string>> = {}): ComposeFile {
  const filled = text.replace(variable, (match, name, fallback) =>
    match === '$$' ? '$' : settings[name] || String(fallback),
  );
  return parse(filled, { merge: true }) as ComposeFile;
}

/** The names of all variables that can be set, with their defaults. */
export function composeVariables(): ReadonlyMap<string, string> {
  const found = [...text.matchAll(variable)].filter(([match]) => match !== '$$');
  return new Map(found.map(([, name, fallback]) => [String(name), String(fallback)]));
}

/** What the process in the container reads: a variable without a value in the file comes from the settings, if it is there. */
export function containerEnvironment(
  { environment = {} }: ComposeService,
  settings: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const values = Object.entries(environment).map(([name, value]) => [name, value ?? settings[name]] as const);
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}
