-- Two runs compared, step by step
--
-- Where do two runs part? Rewards, held-out accuracy and figures of training, side by side. Where another run tried the
-- base on the held-out problems for one of them, as in a sweep, its step 0 is what that found.
--
-- parameter run String = last: the run
-- parameter other String = required: the run to compare it with
-- parameter protocol String = greedy: the test whose accuracy is shown
-- picture line: x=step y=value series=run facet=measure
-- axis step: updates the policy has behind it
-- axis value: see each drawing
WITH
  pair AS (SELECT arrayJoin(arrayDistinct([{run:String}, {other:String}])) AS run),
  tried AS
  (
    SELECT run, run AS by FROM pair
    UNION DISTINCT
    SELECT run, JSONExtractString(config, 'evaluation', 'baseRun') AS by
    FROM runs
    WHERE run IN (SELECT run FROM pair) AND kind = 'started'
  )
SELECT step, run, measure, value
FROM
(
  SELECT
    step,
    run,
    place,
    ['training reward (mean)', 'entropy (nats)', 'response length (tokens)', 'gradient norm (before clipping)'][place] AS measure,
    [reward_mean, entropy, response_length, gradient_norm][place] AS value
  FROM policies
  ARRAY JOIN [1, 2, 3, 4] AS place
  WHERE run IN (SELECT run FROM pair)
  UNION ALL
  SELECT
    step,
    tried.run AS run,
    0 AS place,
    concat(protocol, ' accuracy (share of right answers)') AS measure,
    accuracy AS value
  FROM evaluations
  INNER JOIN tried ON evaluations.run = tried.by
  WHERE protocol = {protocol:String}
    AND family = 'all'
    AND (tried.run = tried.by OR (step = 0 AND (protocol = 'greedy' OR startsWith(protocol, 'avg@'))))
)
ORDER BY place, run != {run:String}, run, step
