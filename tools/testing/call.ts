import { execFileSync } from 'node:child_process';

/** The tools are ES modules, which run before anything is compiled: this calls a function of one in a process of its own. Arguments and result as JSON. */
export function call(module: string, name: string, ...args: unknown[]) {
  const script = `import { ${name} } from ${JSON.stringify(module)}; console.log(JSON.stringify(${name}(...${JSON.stringify(args)})));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }));
}
