-- Share of groups without a signal
--
-- How much of each batch teaches nothing, because every answer of its group earned the same? Beside it, the share of
-- right answers: near 0 and near 1 groups fall silent.
--
-- parameter run String = last: the run
-- picture line: x=step y=share series=series
-- axis step: update, 1 the first
-- axis share: share, 0 to 1
SELECT
  step,
  ['groups without a signal', 'right answers'][place] AS series,
  [zero_signal_groups, solved_share][place] AS share
FROM policies
ARRAY JOIN [1, 2] AS place
WHERE run = {run:String}
ORDER BY place, step
