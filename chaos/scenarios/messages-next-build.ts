import type { Preload } from '@waybill/testing';

/** What a build says of a message whose version it does not know. */
export const newerThanKnown = /^version \d+ is newer than \d+/;

/**
 * The next build of a service: the same files, but that every event is of a version more. They are changed as they are read. An
 * event file that does not say its version ends the process.
 */
export const nextBuild: Preload = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';
  import Module from 'node:module';
  const load = Module._extensions['.js'];
  Module._extensions['.js'] = (module, file) => {
    if (!file.endsWith('.event.js')) return load(module, file);
    const source = readFileSync(file, 'utf8');
    const next = source.replace(/version: (\\d+),/, (_, version) => \`version: \${Number(version) + 1},\`);
    if (next === source) throw new Error(\`\${file} does not say its version\`);
    module._compile(next, file);
  };`)}`;
