/* Single rows or cards of a list or board, as they are now. */
import { parse, read } from "./send.js";

const MOST = 300;

export const tasksIn = (root) =>
  new Map([...(root?.querySelectorAll("[data-task]") ?? [])].map((each) => [each.dataset.task, each]));

/* By id, those that can be seen; null where nothing could be learnt. */
export async function fetchPieces(region, ids) {
  if (ids.length > MOST) return null;
  const address = new URL(region.dataset.pieces, location.href);
  address.searchParams.set("ids", ids);
  const html = ids.length ? await read(address) : "<ul></ul>";
  return html === null ? null : tasksIn(parse(html));
}
