/**
 * Statements: a text of SQL cut where one statement ends and the next begins, for a server that takes one at a time.
 */

/** What may hide a semicolon: a text, a quoted name, a comment. */
const pieces = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"`;/-]+|[/-]/g

/** The statements of a text, without comments and empty ones. */
export const statements = (sql: string): ReadonlyArray<string> => {
  const found = [""]
  for (const [piece] of sql.matchAll(pieces)) {
    if (piece === ";") found.push("")
    else if (!piece.startsWith("--") && !piece.startsWith("/*")) found[found.length - 1] += piece
    else found[found.length - 1] += " "
  }
  return found.map((statement) => statement.trim()).filter((statement) => statement !== "")
}
