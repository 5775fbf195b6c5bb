import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ServiceName } from '@waybill/contracts';

/** Two to six plain words, for example add-gift-note. */
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+){1,5}$/;

export interface CreatedMigration {
  /** Relative to the root of the clone. */
  readonly path: string;
  readonly className: string;
  /** What to add to the service's database.ts. */
  readonly importLine: string;
}

/**
 * Writes the next numbered migration of a service, for a person to fill in.
 * @param root of the clone.
 * @param name in words joined by hyphens.
 * @param now milliseconds since 1970: TypeORM orders migrations by the 13 digits at the end of their names.
 * @throws Error when the name does not fit or is taken.
 */
export async function createMigration(
  root: string,
  service: ServiceName,
  name: string,
  now: number,
): Promise<CreatedMigration> {
  if (!namePattern.test(name)) {
    throw new Error(`"${name}" is not a name in lower-case words joined by hyphens, for example add-gift-note`);
  }
  const folder = join(root, 'apps', service, 'src', 'migrations');
  await mkdir(folder, { recursive: true });
  const numbers = (await readdir(folder)).map((file) => Number.parseInt(file, 10)).filter(Number.isInteger);
  const file = `${String(Math.max(0, ...numbers) + 1).padStart(4, '0')}-${name}`;
  const className = name.replace(/(?:^|-)(.)/g, (_match, letter: string) => letter.toUpperCase());
  const path = join(folder, `${file}.ts`);
  await writeFile(path, sourceOf(className, now), { flag: 'wx' });
  return {
    path: relative(root, path),
    className,
    importLine: `import { ${className} } from './migrations/${file}';`,
  };
}

function sourceOf(className: string, now: number): string {
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  readonly name = '${className}${now}';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(\`\`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(\`\`);
  }
}
`;
}
