import { loadSource } from '../tools/source-module.mjs';

const [file = '', settings = '{}'] = process.argv.slice(2);
process.on('disconnect', () => process.exit(1));
await loadSource(file).main(JSON.parse(settings));
