/**
 * Statements that fill a history with the rows of one made-up run: every number is a hash of its coordinates, so the same
 * run has the same rows.
 */

/** Rollouts of a step, and tokens of each. */
export const [samples, tokensEach] = [128, 100]

/** Ends that all tables share. */
const ends = (event: string, topic: string, offset: string): string =>
  `${event} AS event_id, toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + step AS time, '${topic}' AS _topic, 0 AS _partition, ${offset} AS _offset`

/** From 0 up to 1, by coordinates. */
const chance = (...coordinates: ReadonlyArray<string>): string =>
  `(cityHash64(${coordinates.join(", ")}) % 1000003) / 1000003`

const rolloutColumns = `intDiv(number, ${samples}) AS step, concat('example:', toString(number % 4)) AS prompt, number % ${samples} AS sample`

const reward = `if(${chance("1", "step", "sample")} < 0.6, 1, 0)`

const insert = (table: string, columns: string, from: string): string => {
  const names = [...columns.matchAll(/ AS (\w+)(?=,|$)/g)].map(([, name]) => name).join(", ")
  return `INSERT INTO ${table} (${names}) SELECT ${names} FROM (SELECT ${columns} FROM ${from})`
}

/** @param run its name, which holds no quote */
export const madeHistory = (run: string, steps: number): ReadonlyArray<string> => {
  const own = `'${run}' AS run`
  const rollouts = `numbers(${steps * samples})`
  const eachStep = `(SELECT number AS step FROM numbers(${steps}))`
  const shards = `(SELECT intDiv(number, 4) AS step, number % 4 AS shard FROM numbers(${steps * 4}))`
  const figures = ["loss", "policy_loss", "kl", "entropy", "clip_fraction", "mismatch"]
  const measured = [...figures, "gradient_norm", "reward_mean", "solved_share", "zero_signal_groups", "response_length"]
  const drawn = (names: ReadonlyArray<string>) =>
    names.map((name, i) => `${chance(String(i), "step")} AS ${name}`).join(", ")
  return [
    insert("runs", `${own}, 'started' AS kind, 0 AS step, ${ends("'started'", "runs", "0")}`, "system.one"),
    insert(
      "rollouts",
      `${own}, ${rolloutColumns}, ${tokensEach} AS tokens, -20 AS log_prob, concat('some answer that is not long ', toString(number), if(number % 9 = 0, ' let me recheck', '')) AS text, ${ends("toString(number)", "rollouts.generated", "number")}`,
      rollouts
    ),
    insert(
      "verdicts",
      `${own}, ${rolloutColumns}, ${reward} AS reward, if(number % 50 = 0, 'unknown', if(${reward} = 1, 'correct', 'incorrect')) AS verdict, if(number % 50 = 0, 'time', 'integers') AS rule, ${ends("toString(number)", "rollouts.graded", "number")}`,
      rollouts
    ),
    insert(
      "requests",
      `${own}, step, kind, ${ends("concat(kind, toString(step))", "rollouts.requested", "step")}`.replace(
        "step, kind",
        "step + 0 AS step, toString(kind) AS kind"
      ),
      `${eachStep} ARRAY JOIN ['rollouts', 'gradient', 'evaluation'] AS kind`
    ),
    insert(
      "gradients",
      `${own}, step + 0 AS step, shard + 0 AS shard, 4 AS shards, ${(samples * tokensEach) / 4} AS tokens, ${ends("toString(step)", "gradients.computed", "step * 4 + shard")}`,
      shards
    ),
    insert(
      "policies",
      `${own}, step + 1 AS step, ${drawn(measured)}, ${ends("toString(step)", "runs", "step + 1")}`,
      eachStep
    ),
    insert(
      "gradient_norms",
      `${own}, step + 1 AS step, concat('model.layers.', toString(intDiv(part, 12)), '.part.', toString(part % 12)) AS parameter, ${chance("step", "part")} AS norm, ${ends("toString(step)", "runs", "step + 1")}`,
      `(SELECT step, arrayJoin(range(336)) AS part FROM ${eachStep})`
    ),
    insert(
      "evaluations",
      `${own}, step + 0 AS step, 'greedy' AS protocol, toString(family) AS family, 300 AS problems, 1 AS samples_per_problem, ${chance("step", "family")} AS accuracy, 0 AS low, 1 AS high, ${ends("toString(step)", "runs", "step")}`,
      `(SELECT step, arrayJoin(['all', 'two', 'chain', 'word']) AS family FROM ${eachStep} WHERE step % 10 = 0)`
    ),
    insert(
      "evaluation_samples",
      `${own}, step + 0 AS step, 'greedy' AS protocol, toString(item) AS problem, 60 AS tokens, 'an answer' AS text, item % 40 = 0 AS reflects, if(item % 90 = 0, 'unknown', 'correct') AS verdict, 'time' AS rule, ${ends("toString(step)", "evaluations.sampled", "step * 300 + item")}`,
      `(SELECT step, arrayJoin(range(300)) AS item FROM ${eachStep} WHERE step % 10 = 0)`
    ),
    insert(
      "tokens",
      `${own}, step + 0 AS step, step + 0 AS rollout_step, concat('example:', toString(sample % 4)) AS prompt, sample + 0 AS sample, position + 0 AS position, cityHash64(step, sample, position) % 1000 AS token, concat('w', toString(cityHash64(step, sample, position) % 1000)) AS text, -3 * ${chance("2", "step", "sample", "position")} AS behaviour_log_prob, behaviour_log_prob + 1e-5 * ${chance("3", "step", "sample", "position")} AS log_prob, 2 * ${chance("4", "step", "sample", "position")} AS entropy, sample % 2 AS advantage, ${reward} AS reward, sample % 4 AS shard, 'policy' AS policy, ${ends("toString(step)", "gradients.computed", "step * 4 + shard")}`,
      `(SELECT intDiv(number, ${samples * tokensEach}) AS step, intDiv(number, ${tokensEach}) % ${samples} AS sample, number % ${tokensEach} AS position FROM numbers(${steps * samples * tokensEach}))`
    )
  ]
}
