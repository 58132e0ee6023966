/**
 * What JSON.parse passes over in silence: a key that stands twice in one object, of which the last would win.
 */

const token = /\s*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gy

/** The first key that an object of this text repeats, or null. The text must be JSON. */
export const repeatedKey = (json: string): string | null => {
  const objects: Array<Set<string>> = []
  let text: string | null = null
  for (const [, part] of json.matchAll(token)) {
    if (part === "{") objects.push(new Set())
    else if (part === "}") objects.pop()
    else if (part === ":" && text !== null) {
      const key: unknown = JSON.parse(text)
      const seen = objects[objects.length - 1]
      if (seen.has(String(key))) return String(key)
      seen.add(String(key))
    }
    text = part.startsWith('"') ? part : null
  }
  return null
}
