-- Training against held-out accuracy, policy by policy
--
-- Does the policy go on improving on problems it never trained on once it always solves its training example? Training
-- is the share of right answers among the rollouts of that policy; every test is its accuracy with a 95 % interval. Where
-- another run tried the base on the held-out problems for this one, as in a sweep, step 0 is what it found.
--
-- parameter run String = last: the run
-- parameter protocols Array(String) = : tests to show, by name; all where none is named
-- picture line: x=step y=accuracy series=series low=low high=high
-- axis step: updates the policy has behind it
-- axis accuracy: share of right answers, 0 to 1
WITH
  bases AS
  (
    SELECT JSONExtractString(config, 'evaluation', 'baseRun')
    FROM runs
    WHERE run = {run:String} AND kind = 'started'
  )
SELECT step, series, accuracy, low, high
FROM
(
  SELECT policies.step - 1 AS step, 'training' AS series, solved_share AS accuracy, NULL AS low, NULL AS high
  FROM policies
  WHERE run = {run:String}
  UNION ALL
  SELECT step, toString(protocol) AS series, accuracy, low, high
  FROM evaluations
  WHERE family = 'all'
    AND (run = {run:String} OR (run IN bases AND step = 0 AND (protocol = 'greedy' OR startsWith(protocol, 'avg@'))))
    AND (empty({protocols:Array(String)}) OR has({protocols:Array(String)}, protocol))
)
ORDER BY series = 'training' DESC, series, step
