-- Time and tokens of every stage
--
-- Where does the time go? For every step and stage the time from its first input to its last output, by the clock of
-- whoever wrote the records, summed over steps. Stages overlap, and a pause amid a step counts to the stage it hit.
--
-- parameter run String = last: the run
-- picture bar: x=value y=stage facet=measure
-- axis value: see each drawing
-- axis stage: stage
WITH
  begins AS
  (
    SELECT step, kind, min(time) AS time FROM requests WHERE run = {run:String} GROUP BY step, kind
  ),
  sampled AS
  (
    SELECT step, min(time) AS first, max(time) AS last, sum(tokens) AS tokens
    FROM rollouts WHERE run = {run:String} GROUP BY step
  ),
  learned AS
  (
    SELECT step, max(time) AS last, sum(tokens) AS tokens FROM gradients WHERE run = {run:String} GROUP BY step
  ),
  spans AS
  (
    SELECT 1 AS place, 'generate' AS stage, sampled.step AS step, begins.time AS first, sampled.last AS last, tokens
    FROM sampled INNER JOIN begins ON begins.step = sampled.step AND kind = 'rollouts'
    UNION ALL
    SELECT 2, 'verify', sampled.step, sampled.first, graded.last, tokens
    FROM sampled
    INNER JOIN (SELECT step, max(time) AS last FROM verdicts WHERE run = {run:String} GROUP BY step) AS graded USING (step)
    UNION ALL
    SELECT 3, 'score', step, begins.time, scored.last, tokens
    FROM (SELECT step, max(time) AS last, sum(tokens) AS tokens FROM scores WHERE run = {run:String} GROUP BY step) AS scored
    INNER JOIN begins ON begins.step = scored.step AND kind = 'scores'
    UNION ALL
    SELECT 4, 'gradient', learned.step, begins.time, learned.last, tokens
    FROM learned INNER JOIN begins ON begins.step = learned.step AND kind = 'gradient'
    UNION ALL
    SELECT 5, 'apply', learned.step, learned.last, policies.time, learned.tokens
    FROM learned
    INNER JOIN (SELECT step - 1 AS step, time FROM policies WHERE run = {run:String}) AS policies USING (step)
    UNION ALL
    SELECT 6, 'evaluate', tested.step, begins.time, tested.last, tokens
    FROM
    (
      SELECT step, max(time) AS last, sum(tokens) AS tokens FROM evaluation_samples WHERE run = {run:String} GROUP BY step
    ) AS tested
    INNER JOIN begins ON begins.step = tested.step AND kind = 'evaluation'
  ),
  stages AS
  (
    SELECT
      place,
      stage,
      count() AS steps,
      sum(greatest(0, dateDiff('millisecond', first, last))) / 1000 AS seconds,
      sum(spans.tokens) AS tokens
    FROM spans
    GROUP BY place, stage
  )
SELECT
  stage,
  ['time (seconds)', 'tokens', 'tokens a second'][measured] AS measure,
  [seconds, tokens, if(seconds = 0, NULL, tokens / seconds)][measured] AS value,
  steps
FROM stages
ARRAY JOIN [1, 2, 3] AS measured
ORDER BY measured, place
