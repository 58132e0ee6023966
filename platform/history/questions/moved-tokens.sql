-- Tokens whose probability moved most between two steps
--
-- Which words does training make likelier or rarer? The mean probability of a token where it was sampled, under the
-- policy being trained, at one step and at another; ordered by how far it moved.
--
-- parameter run String = last: the run
-- parameter step Nullable(UInt32) = null: step to begin with; the first where null
-- parameter to Nullable(UInt32) = null: step to compare it with; the last where null
-- parameter prompt Nullable(String) = null: one training example; all where null
-- parameter least UInt32 = 5: how often a token must have been sampled in each of the two steps
-- parameter top UInt32 = 20: tokens to show
-- picture bar: x=change y=token
-- axis change: change of the mean probability
-- axis token: token (id)
WITH
  ifNull({step:Nullable(UInt32)}, (SELECT min(step) FROM gradients WHERE run = {run:String})) AS first,
  ifNull({to:Nullable(UInt32)}, (SELECT max(step) FROM gradients WHERE run = {run:String})) AS last
SELECT
  concat('"', any(text), '" ', toString(tokens.token)) AS token,
  avgIf(exp(log_prob), step = first) AS before,
  avgIf(exp(log_prob), step = last) AS after,
  after - before AS change,
  countIf(step = first) AS sampled_before,
  countIf(step = last) AS sampled_after
FROM tokens
WHERE run = {run:String} AND step IN (first, last) AND ({prompt:Nullable(String)} IS NULL OR prompt = {prompt:Nullable(String)})
GROUP BY tokens.token
HAVING least(sampled_before, sampled_after) >= greatest(1, {least:UInt32})
ORDER BY abs(change) DESC, tokens.token
LIMIT {top:UInt32}
