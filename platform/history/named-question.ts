/**
 * A named question: a file of SQL whose comment says what it answers, what it may be given, and how its answer is drawn.
 *
 * The comment has a fixed form, so that the file needs nothing beside it and still runs by hand in any client:
 *
 *   -- Title on the first line
 *   --
 *   -- What it answers, in a sentence or two.
 *   --
 *   -- parameter NAME TYPE = DEFAULT: what it is
 *   -- picture KIND: role=column …      (a table: its columns, in order)
 *   -- axis COLUMN: label with unit
 *
 * DEFAULT is a value, `last` (the newest run), `null`, nothing (an empty list), or `required`.
 */
import { Schema } from "effect"

export const pictureKinds = ["line", "bar", "dot", "heatmap", "table"] as const
export type PictureKind = (typeof pictureKinds)[number]

/** What a column may stand for in a picture. */
const roles = ["x", "y", "fill", "series", "facet", "low", "high"] as const
export type PictureRole = (typeof roles)[number]

/** Roles that a picture cannot do without. */
const needed: Readonly<Record<PictureKind, ReadonlyArray<PictureRole>>> = {
  ...{ line: ["x", "y"], bar: ["x", "y"], dot: ["x", "y"], heatmap: ["x", "y", "fill"], table: [] }
}

export interface Picture {
  readonly kind: PictureKind
  /** The column of each role; none in a table. */
  readonly roles: Readonly<Partial<Record<PictureRole, string>>>
  /** All columns that the picture shows, in the order of the comment. */
  readonly columns: ReadonlyArray<string>
}

export const parameterTypes = ["String", "UInt32", "Nullable(String)", "Nullable(UInt32)", "Array(String)"] as const
export type ParameterType = (typeof parameterTypes)[number]

export interface QuestionParameter {
  readonly name: string
  readonly type: ParameterType
  /** As it is written on a command line; `required` where there is none. */
  readonly fallback: string
  readonly about: string
}

export interface NamedQuestion {
  readonly name: string
  readonly title: string
  /** What it answers, as one line. */
  readonly answers: string
  readonly parameters: ReadonlyArray<QuestionParameter>
  readonly picture: Picture
  /** Labels, by column. */
  readonly axes: ReadonlyMap<string, string>
  /** The whole file. */
  readonly sql: string
}

/** A question's file does not have the form that its comment must have. */
export class QuestionMalformed extends Schema.TaggedError<QuestionMalformed>()("QuestionMalformed", {
  name: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the question ${this.name}: ${this.detail}; mend the comment at the head of its file`
  }
}

const isOneOf =
  <A extends string>(known: ReadonlyArray<A>) =>
  (text: string): text is A =>
    known.some((each) => each === text)

const isKind = isOneOf(pictureKinds)
const isRole = isOneOf(roles)
const isType = isOneOf(parameterTypes)

/** The lines of the comment that the file begins with, without their dashes. */
const commentOf = (sql: string): ReadonlyArray<string> => {
  const lines = sql.split("\n")
  const end = lines.findIndex((line) => !line.startsWith("--"))
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => line.slice(2).trim())
}

const parameterOf = (name: string, line: string): QuestionParameter => {
  const [, parameter, type, fallback, about] = /^parameter (\w+) (\S+) = ?(\S*): (\S.*)$/.exec(line) ?? []
  if (parameter === undefined || !isType(type))
    throw new QuestionMalformed({ name, detail: `"${line}" is not "parameter NAME TYPE = DEFAULT: what it is"` })
  return { name: parameter, type, fallback, about }
}

const pictureOf = (name: string, line: string | undefined): Picture => {
  const [, kind = "", list = ""] = /^picture (\w+): (.+)$/.exec(line ?? "") ?? []
  if (!isKind(kind)) throw new QuestionMalformed({ name, detail: `a picture is one of ${pictureKinds.join(", ")}` })
  const words = list.split(/\s+/)
  if (kind === "table") return { kind, roles: {}, columns: words }
  const pairs = words.map((word) => word.split("="))
  const odd = pairs.find(([role, column, ...more]) => !isRole(role) || !column || more.length > 0)
  if (odd !== undefined) throw new QuestionMalformed({ name, detail: `"${odd.join("=")}" is not "role=column"` })
  const missing = needed[kind].find((role) => !pairs.some(([given]) => given === role))
  if (missing !== undefined) throw new QuestionMalformed({ name, detail: `a ${kind} needs a column for ${missing}` })
  return { kind, roles: Object.fromEntries(pairs), columns: pairs.map(([, column]) => column) }
}

/** Placeholders of a statement, `name:Type`, each once. */
const placeholdersOf = (sql: string): ReadonlySet<string> =>
  new Set([...sql.matchAll(/\{(\w+):([\w()]+)\}/g)].map(([, parameter, type]) => `${parameter}:${type}`))

/** Throws QuestionMalformed. */
export const parseQuestion = (name: string, sql: string): NamedQuestion => {
  const [title = "", ...lines] = commentOf(sql)
  const ofKind = (kind: string) => lines.filter((line) => line.startsWith(`${kind} `))
  const prose = lines.filter((line) => line !== "" && !/^(parameter|picture|axis) /.test(line))
  const answers = prose.join(" ")
  if (title === "" || answers === "")
    throw new QuestionMalformed({ name, detail: "it lacks a title, or what it answers" })
  const parameters = ofKind("parameter").map((line) => parameterOf(name, line))
  const declared = new Set(parameters.map((each) => `${each.name}:${each.type}`))
  const used = placeholdersOf(sql)
  const stray = [...declared, ...used].filter((each) => !declared.has(each) || !used.has(each))
  if (stray.length > 0)
    throw new QuestionMalformed({ name, detail: `${stray.join(", ")} is declared or used, not both` })
  const pictures = ofKind("picture")
  if (pictures.length !== 1) throw new QuestionMalformed({ name, detail: "it has one line that begins with picture" })
  const axes = new Map(
    ofKind("axis").map((line): [string, string] => {
      const [, column, label] = /^axis (\w+): (\S.*)$/.exec(line) ?? []
      if (column === undefined) throw new QuestionMalformed({ name, detail: `"${line}" is not "axis COLUMN: label"` })
      return [column, label]
    })
  )
  const picture = pictureOf(name, pictures[0])
  for (const role of ["x", "y", "fill"] as const) {
    const column = picture.roles[role]
    if (column !== undefined && !axes.has(column))
      throw new QuestionMalformed({ name, detail: `there is no axis line for ${column}` })
  }
  return { name, title, answers, parameters, picture, axes, sql }
}
