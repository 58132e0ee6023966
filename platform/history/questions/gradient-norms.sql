-- Gradient norm of every layer over steps
--
-- Which layers learn, and when? The L2 norm of the summed gradient before clipping, over the parameters of a layer; of
-- many steps the mean of each stretch. Updates that older versions wrote have the whole gradient's norm only.
--
-- parameter run String = last: the run
-- parameter bins UInt32 = 60: stretches of steps, at most
-- picture heatmap: x=step y=layer fill=norm
-- axis step: update, 1 the first
-- axis layer: layer
-- axis norm: gradient norm
WITH
  (SELECT max(step) FROM gradient_norms WHERE run = {run:String}) AS steps,
  toUInt32(greatest(1, ceil(steps / {bins:UInt32}))) AS width
SELECT
  intDiv(step - 1, width) * width + 1 AS step,
  any(label) AS layer,
  avg(whole) AS norm
FROM
(
  SELECT
    gradient_norms.step AS step,
    toInt32OrNull(extract(toString(parameter), '\\blayers\\.(\\d+)\\.')) AS number,
    multiIf(number IS NOT NULL, number, position(parameter, 'embed') > 0, -1, position(parameter, 'norm') > 0, 100000, 100001) AS place,
    multiIf(number IS NOT NULL, concat('layer ', toString(number)), place = -1, 'embedding', place = 100000, 'last norm', 'head') AS label,
    sqrt(sum(pow(norm, 2))) AS whole
  FROM gradient_norms
  WHERE run = {run:String}
  GROUP BY step, number, place, label
)
GROUP BY step, place
ORDER BY place, step
