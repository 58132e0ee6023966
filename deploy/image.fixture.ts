/** Is an image named so that it is the same one tomorrow? */

/** Words that publishers move from one image to the next. */
const moving = /(^|[.-])(latest|edge|nightly|main|master|stable|snapshot|dev)([.-]|$)/i

/** Whether it has a tag with a whole version (or a digest), and none of the words that move. */
export const isPinned = (image: string): boolean => {
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return true
  const tag = /:([\w.-]+)$/.exec(image)?.[1]
  return tag !== undefined && /\d+\.\d+(\.\d+)?/.test(tag) && !moving.test(tag)
}
