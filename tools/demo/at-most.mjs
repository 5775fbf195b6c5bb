/**
 * @template Item, Result
 * @param {number} count of calls that run at a time
 * @param {Item[]} items
 * @param {(item: Item) => Promise<Result>} work
 * @returns {Promise<Result[]>} in the order of the items
 */
export async function atMost(count, items, work) {
  /** @type {Result[]} */
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(/** @type {Item} */ (items[at]));
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  return results;
}
