-- Mismatch between sampling and training log-probs
--
-- Do the sampler and the trainer compute the same policy? The absolute difference between a token's log-prob when it was
-- sampled and under the same weights in training, as mean and as maximum of a step; further updates of a batch, which
-- train other weights than those that sampled, are left out.
--
-- parameter run String = last: the run
-- picture line: x=step y=difference facet=measure
-- axis step: updates the policy has behind it
-- axis difference: nats
WITH by_step AS
(
  SELECT step, avg(abs(log_prob - behaviour_log_prob)) AS mean, max(abs(log_prob - behaviour_log_prob)) AS most
  FROM tokens
  WHERE run = {run:String} AND step = rollout_step
  GROUP BY step
)
SELECT step, ['mean of tokens (nats)', 'largest of a token (nats)'][place] AS measure, [mean, most][place] AS difference
FROM by_step
ARRAY JOIN [1, 2] AS place
ORDER BY place, step
