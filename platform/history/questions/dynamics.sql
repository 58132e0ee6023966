-- Entropy, KL, clip fraction and response length over steps
--
-- How does training change the policy? Each figure is a mean over the response tokens of an update's batch.
--
-- parameter run String = last: the run
-- picture line: x=step y=value facet=measure
-- axis step: update, 1 the first
-- axis value: see each drawing
SELECT
  step,
  ['entropy (nats)', 'KL to the base (nats)', 'clip fraction (share of tokens)', 'response length (tokens)'][place] AS measure,
  [entropy, kl, clip_fraction, response_length][place] AS value
FROM policies
ARRAY JOIN [1, 2, 3, 4] AS place
WHERE run = {run:String}
ORDER BY place, step
