-- Where in a response the entropy lies
--
-- At which places does the policy have a choice, and when in training? Mean entropy of the distributions that tokens
-- were drawn from, by place in the response and by step; places and steps lie side by side in equal stretches.
--
-- parameter run String = last: the run
-- parameter bins UInt32 = 40: stretches that the longest response is cut into, and at most as many of steps
-- picture heatmap: x=position y=step fill=entropy
-- axis position: place in the response, tokens from its start
-- axis step: updates the policy has behind it
-- axis entropy: mean entropy (nats)
WITH
  (SELECT max(tokens) FROM rollouts WHERE run = {run:String}) AS longest,
  (SELECT max(step) + 1 FROM gradients WHERE run = {run:String}) AS steps,
  toUInt32(greatest(1, ceil(longest / {bins:UInt32}))) AS width,
  toUInt32(greatest(1, ceil(steps / {bins:UInt32}))) AS height
SELECT
  intDiv(step, height) * height AS step,
  intDiv(position, width) * width AS position,
  avg(entropy) AS entropy,
  count() AS tokens
FROM tokens
WHERE run = {run:String}
GROUP BY ALL
ORDER BY step, position
