-- Two runs compared, step by step
--
-- Where do two runs part? Rewards, held-out accuracy and figures of training, side by side.
--
-- parameter run String = last: the run
-- parameter other String = required: the run to compare it with
-- parameter protocol String = greedy: the test whose accuracy is shown
-- picture line: x=step y=value series=run facet=measure
-- axis step: updates the policy has behind it
-- axis value: see each drawing
WITH pair AS (SELECT arrayJoin(arrayDistinct([{run:String}, {other:String}])) AS run)
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
  SELECT step, run, 0 AS place, concat(protocol, ' accuracy (share of right answers)') AS measure, accuracy AS value
  FROM evaluations
  WHERE run IN (SELECT run FROM pair) AND protocol = {protocol:String} AND family = 'all'
)
ORDER BY place, run != {run:String}, run, step
