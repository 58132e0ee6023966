/**
 * Questions to the history: one reading statement, with limits, in one of four formats.
 */
import type { Connection } from "./chdb.ts"
import { historyError, statementFault } from "./history-error.ts"
import type { AnswerFormat, HistoryQuestion, QueryFormat } from "./query-format.ts"
import { canonical, refusal, tableFunctions } from "./sql-guard.ts"

export type { QueryFormat }

const engineFormat: Readonly<Record<AnswerFormat, string>> = {
  table: "PrettyCompactNoEscapesMonoBlock",
  json: "JSONEachRow",
  csv: "CSVWithNames",
  parquet: "Parquet"
}

/** What one question may cost. */
export interface QueryLimits {
  readonly seconds: number
  readonly memoryBytes: number
  readonly rows: number
  readonly resultBytes: number
}

export const defaultLimits: QueryLimits = {
  seconds: 30,
  memoryBytes: 1024 ** 3,
  rows: 1_000_000,
  resultBytes: 256 * 1024 ** 2
}

export interface Reader {
  /** One question after the other. Fails with a HistoryError: refused, bad-sql, too-much. */
  readonly ask: (sql: string, format: QueryFormat) => Promise<string>
  /** The same of any question, as bytes: text is UTF-8. */
  readonly answer: (question: HistoryQuestion) => Promise<Uint8Array>
  /** Closes its connections once the questions in hand are answered. */
  readonly close: () => Promise<void>
}

/** Longest part of a statement that an error shows. */
const shown = 120

/** Control characters but line ends and tabs. */
const control = /[^\P{Cc}\n\t]/gu

const settingsOf = ({ memoryBytes, resultBytes, rows, seconds }: QueryLimits): string =>
  `SET max_execution_time = ${seconds}, max_memory_usage = ${memoryBytes}, max_result_rows = ${rows}, max_result_bytes = ${resultBytes}, output_format_json_escape_forward_slashes = 0, output_format_parquet_compression_method = 'snappy'; SET readonly = 1`

/**
 * A reader over connections to one folder. Each question has a connection of its own, which can neither write nor change
 * its limits: what a statement that failed had already put out would else be found at the head of the next answer.
 */
export const readerOf = (newConnection: () => Connection, limits = defaultLimits): Reader => {
  const parser = newConnection()
  const functions = tableFunctions(parser)
  let last: Promise<unknown> = Promise.resolve()

  const answerNow = async ({ format, parameters, sql }: HistoryQuestion): Promise<Uint8Array> => {
    const place = sql.length > shown ? `${sql.slice(0, shown)}…` : sql
    const connection = newConnection()
    try {
      const statement = canonical(parser, sql)
      const why = refusal(statement, functions)
      if (why !== null) throw historyError("refused", place, why)
      connection.run(settingsOf(limits))
      const output = await connection.start(statement, engineFormat[format], parameters)
      return format === "table" ? Buffer.from(output.text().replace(control, "")) : output.bytes()
    } catch (cause) {
      throw statementFault(place, cause)
    } finally {
      connection.close()
    }
  }

  const answer: Reader["answer"] = (question) => {
    const next = last.then(() => answerNow(question))
    last = next.catch(() => undefined)
    return next
  }

  return {
    answer,
    ask: async (sql, format) => Buffer.from(await answer({ sql, format })).toString("utf8"),
    close: async () => {
      await last
      parser.close()
    }
  }
}
