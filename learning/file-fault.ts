/**
 * Why a file could not be read, in words.
 */
const faults: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it"
}

/** What Node threw, as a sentence goes on with it. */
export const faultOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return faults[code] ?? (error instanceof Error ? error.message : String(error))
}
