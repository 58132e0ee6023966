-- Historical variance score of every training example
--
-- Which examples does the policy learn from? The population variance, over steps, of an example's mean reward in a step;
-- an unknown reward counts as 0. A step counts once its batch has made a policy.
--
-- parameter run String = last: the run
-- parameter top UInt32 = 30: examples to show, those of the highest score
-- picture bar: x=variance y=example
-- axis variance: variance of the mean reward over steps
-- axis example: training example
SELECT prompt AS example, varPopStable(accuracy) AS variance, avg(accuracy) AS mean_reward, count() AS steps
FROM
(
  SELECT step, prompt, avg(ifNull(reward, 0)) AS accuracy
  FROM verdicts
  WHERE run = {run:String} AND step IN (SELECT step - 1 FROM policies WHERE run = {run:String})
  GROUP BY step, prompt
)
GROUP BY prompt
ORDER BY variance DESC, example
LIMIT {top:UInt32}
