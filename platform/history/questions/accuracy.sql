-- Accuracy of every test and family, before and after
--
-- Does training on one kind of problem help with others? Every test and every family of its problems, at two policies,
-- with 95 % intervals over draws of problems. Where another run tried the base on the held-out problems for this one, as in
-- a sweep, step 0 is what it found.
--
-- parameter run String = last: the run
-- parameter step Nullable(UInt32) = null: policy to begin with, by its updates; the first that sat the test where null
-- parameter to Nullable(UInt32) = null: policy to compare it with; the last that sat the test where null
-- parameter protocols Array(String) = : tests to show, by name; all where none is named
-- picture dot: x=accuracy y=test series=policy low=low high=high
-- axis accuracy: share of right answers, 0 to 1
-- axis test: test and family
WITH
  bases AS
  (
    SELECT JSONExtractString(config, 'evaluation', 'baseRun')
    FROM runs
    WHERE run = {run:String} AND kind = 'started'
  ),
  own AS
  (
    SELECT protocol, family, step, accuracy, low, high
    FROM evaluations
    WHERE (run = {run:String} OR (run IN bases AND step = 0 AND (protocol = 'greedy' OR startsWith(protocol, 'avg@'))))
      AND (empty({protocols:Array(String)}) OR has({protocols:Array(String)}, protocol))
  ),
  ends AS
  (
    SELECT protocol, ifNull({step:Nullable(UInt32)}, min(step)) AS first, ifNull({to:Nullable(UInt32)}, max(step)) AS last
    FROM own
    GROUP BY protocol
  )
SELECT
  concat(protocol, ' ', family) AS test,
  if(step = first, 'before', 'after') AS policy,
  step,
  accuracy,
  low,
  high
FROM own
INNER JOIN ends USING (protocol)
WHERE step IN (first, last)
ORDER BY protocol, family != 'all', family, policy = 'after'
