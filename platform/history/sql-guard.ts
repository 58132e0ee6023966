/**
 * What may be asked of the history: one reading statement over its own tables.
 *
 * The connection that runs it is read-only for good (readonly = 1), which refuses writing and most of what reaches out of
 * the database. This guard refuses the rest — INTO OUTFILE, the function file(), table functions in DESCRIBE — by looking
 * at the statement as ClickHouse's own parser understands it, and it is that form that is run.
 */
import { type Connection, literal } from "./chdb.ts"

const verbs = new Set(["SELECT", "WITH", "SHOW", "DESCRIBE", "EXISTS", "EXPLAIN"])

/** Table functions that touch nothing outside the statement. */
const harmless = new Set([
  "format",
  "fuzzquery",
  "generate_series",
  "generaterandom",
  "generateseries",
  "null",
  "numbers",
  "numbers_mt",
  "primes",
  "values",
  "view",
  "zeros",
  "zeros_mt"
])

/** Functions that read files, reach the network, hold the engine up, or write to its log. */
const forbidden = new Set([
  "catboostevaluate",
  "file",
  "generateserialid",
  "hascolumnintable",
  "logtrace",
  "showcertificate",
  "sleep",
  "sleepeachrow"
])

/** What may be read of the engine's own tables: what the history is made of and how large it is. */
const systemTables = new Set([
  "columns",
  "data_type_families",
  "databases",
  "formats",
  "functions",
  "keywords",
  "numbers",
  "numbers_mt",
  "one",
  "parts",
  "parts_columns",
  "settings",
  "table_functions",
  "tables",
  "zeros",
  "zeros_mt"
])

interface Token {
  readonly kind: "word" | "quoted" | "text" | "sign"
  /** A name without its quotes, anything else as written. */
  readonly value: string
}

const tokenPattern = /'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\S/gs

/** The tokens of a statement in ClickHouse's canonical form: one line, no comments, names quoted where they must be. */
const tokensOf = (statement: string): ReadonlyArray<Token> =>
  Array.from(statement.matchAll(tokenPattern), ([found]): Token => {
    if (found.startsWith("'")) return { kind: "text", value: found }
    if (found.startsWith("`") || found.startsWith('"')) return { kind: "quoted", value: found.slice(1, -1) }
    return { kind: /^\w/.test(found) ? "word" : "sign", value: found }
  })

const isName = (token: Token | undefined): boolean => token?.kind === "word" || token?.kind === "quoted"

/** Why one name, given what follows it, may not stand in a statement; null if it may. */
const objection = (token: Token, next: Token | undefined, after: Token | undefined, functions: ReadonlySet<string>) => {
  const name = token.value.toLowerCase()
  if (forbidden.has(name) || /^ai[A-Z]/.test(token.value)) return `${token.value} may not be used`
  if (token.value === "Identifier" && next?.value === "}") return "a parameter may not be a name"
  if (token.value === "INTO" && next?.value === "OUTFILE") return "it would write a file"
  if (token.value === "FORMAT" && token.kind === "word" && isName(next))
    return "the format is chosen outside the statement"
  if (next?.value === "(" && functions.has(name) && !harmless.has(name))
    return `the table function ${token.value} reaches out of the history`
  if (name === "system" && next?.value === "." && !systemTables.has(after?.value.toLowerCase() ?? ""))
    return `system.${after?.value} is not part of the history`
  return null
}

/**
 * Why a canonical statement is refused; null if it is not.
 * @param functions the engine's table functions, in lower case
 */
export const refusal = (statement: string, functions: ReadonlySet<string>): string | null => {
  const tokens = tokensOf(statement)
  const verb = tokens.find(({ value }) => value !== "(")?.value ?? ""
  if (!verbs.has(verb)) return `${verb} is not a reading statement`
  for (const [i, token] of tokens.entries()) {
    const why = isName(token) ? objection(token, tokens[i + 1], tokens[i + 2], functions) : null
    if (why !== null) return why
  }
  return null
}

/** The statement as ClickHouse's parser understands it. Throws its syntax error; several statements are one. */
export const canonical = (connection: Connection, sql: string): string =>
  connection.run(`SELECT formatQuerySingleLine(${literal(sql)})`).replace(/\n$/, "")

/** The names of the engine's table functions, in lower case. */
export const tableFunctions = (connection: Connection): ReadonlySet<string> =>
  new Set(connection.run("SELECT lower(name) FROM system.table_functions").split("\n").filter(Boolean))
