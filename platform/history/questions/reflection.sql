-- How often answers reflect on themselves
--
-- What share of a policy's answers says that it goes back to what it did? In training an answer counts that has one of
-- the words, in upper or lower case, also within a longer word; in tests, as the run itself counted.
--
-- parameter run String = last: the run
-- parameter words Array(String) = rethink,recheck,recalculate: what is looked for in training answers
-- picture line: x=step y=share series=series
-- axis step: updates the policy has behind it
-- axis share: share of answers, 0 to 1
SELECT step, series, share, answers
FROM
(
  SELECT
    step,
    'training' AS series,
    avg(multiSearchAnyCaseInsensitiveUTF8(text, arrayFilter(word -> trim(word) != '', {words:Array(String)}))) AS share,
    count() AS answers
  FROM rollouts
  WHERE run = {run:String}
  GROUP BY step
  UNION ALL
  SELECT step, toString(protocol) AS series, assumeNotNull(avg(reflects)) AS share, count(reflects) AS answers
  FROM evaluation_samples
  WHERE run = {run:String} AND reflects IS NOT NULL
  GROUP BY step, protocol
)
ORDER BY series = 'training' DESC, series, step
