-- Answers that the grader gave up on
--
-- How many answers have no verdict, where, and why? Training and every test, by the rule that gave up; a place without
-- any has one row with none.
--
-- parameter run String = last: the run
-- picture bar: x=answers y=rule series=place
-- axis answers: answers without a verdict
-- axis rule: why the grader gave up
WITH judged AS
(
  SELECT 'training' AS place, rule, verdict FROM verdicts WHERE run = {run:String}
  UNION ALL
  SELECT toString(protocol) AS place, rule, verdict FROM evaluation_samples WHERE run = {run:String}
)
SELECT
  place,
  if(verdict = 'unknown', rule, 'none') AS rule,
  countIf(verdict = 'unknown') AS answers,
  answers / any(whole.all) AS share
FROM judged
INNER JOIN (SELECT place, count() AS all, countIf(verdict = 'unknown') AS unknown FROM judged GROUP BY place) AS whole USING (place)
WHERE verdict = 'unknown' OR whole.unknown = 0
GROUP BY place, rule
ORDER BY place = 'training' DESC, place, answers DESC, rule
