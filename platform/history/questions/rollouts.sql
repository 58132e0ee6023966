-- Best and worst rollouts of a step
--
-- What does the policy write when it does well, and when it does not? The answers with the highest and the lowest reward;
-- of equal ones, first those that the policy thought likelier. Answers whose reward is unknown are left out.
--
-- parameter run String = last: the run
-- parameter step Nullable(UInt32) = null: updates the policy that answered has behind it; the last with verdicts where null
-- parameter prompt Nullable(String) = null: one training example; all where null
-- parameter top UInt32 = 3: best and worst answers to show, each
-- picture table: place prompt sample reward verdict length log_prob text
-- axis log_prob: ln pi a token (nats)
-- axis length: tokens
WITH
  ifNull({step:Nullable(UInt32)}, (SELECT max(step) FROM verdicts WHERE run = {run:String})) AS chosen,
  answers AS
  (
    SELECT prompt, sample, reward, verdict, tokens AS length, rollouts.log_prob / greatest(1, tokens) AS log_prob, text
    FROM rollouts
    INNER JOIN verdicts USING (run, step, prompt, sample)
    WHERE run = {run:String} AND step = chosen AND reward IS NOT NULL
      AND ({prompt:Nullable(String)} IS NULL OR prompt = {prompt:Nullable(String)})
  )
SELECT place, prompt, sample, reward, verdict, length, log_prob, text
FROM
(
  SELECT 'best' AS place, * FROM (SELECT * FROM answers ORDER BY reward DESC, log_prob DESC, prompt, sample LIMIT {top:UInt32})
  UNION ALL
  SELECT 'worst' AS place, * FROM (SELECT * FROM answers ORDER BY reward, log_prob DESC, prompt, sample LIMIT {top:UInt32})
)
ORDER BY place, if(place = 'best', -reward, reward), log_prob DESC, prompt, sample
