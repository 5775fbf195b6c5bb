/**
 * @param {string[]} lines one for each file
 * @param {string[]} next what is left to do
 */
export function report(lines, next) {
  const steps = next.map((step, index) => `  ${index + 1}. ${step}`);
  process.stdout.write(`${[...lines, '', 'Next:', ...steps].join('\n')}\n`);
}
