import { join, normalize } from 'node:path';

/** A link, or a path in backticks. */
const REFERENCE = /\]\((?!https?:)([^)#]+)[^)]*\)|`((?:apps|libs|test|tools|docs)\/[\w./-]+\.\w+)`/g;

/** A line that says which test holds a promise. */
const TEST = /^- \[.*\.spec\.ts\)/m;

/**
 * Takes out of a page what speaks of files, settings or commands that go: items of lists, rows of tables, paragraphs; and sections of which nothing is left, or
 * which promise what no test holds any more.
 * @param {string} page
 * @param {string} folder of the page
 * @param {object} gone
 * @param {(path: string) => boolean} gone.isThere whether a file will be there
 * @param {string[]} gone.words names of settings, and commands
 */
export function withoutGone(page, folder, { isThere, words }) {
  const isGone = (/** @type {string} */ text) =>
    words.some((word) => text.includes(`\`${word}`) || text.includes(`\n${word}`)) ||
    [...text.matchAll(REFERENCE)].some(([, link, path]) => !isThere(path ?? normalize(join(folder, link ?? ''))));
  return page
    .split(/^(?=## )/m)
    .map((section) => {
      if (!isGone(section)) return section;
      const blocks = section.split(/\n\n/).map((block) => {
        if (!/^(?:- |\|)/.test(block)) return isGone(block) ? '' : block;
        return block
          .split('\n')
          .filter((line) => !isGone(line))
          .join('\n');
      });
      const left = blocks.filter((block) => block.trim() !== '').join('\n\n');
      const isOver = !left.includes('\n\n') || (TEST.test(section) && !TEST.test(left));
      return isOver ? '' : `${left.trimEnd()}\n\n`;
    })
    .join('')
    .replace(/\n+$/, '\n');
}
