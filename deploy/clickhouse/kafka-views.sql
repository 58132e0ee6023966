-- From the queues into the history's tables, as the projection fills them (platform/history).
--
-- What needs more than one event, or a vocabulary, is not here: tokens, token_scores, token_values, evaluation_tokens. The
-- queues deliver at least once: after a crash of the server amid a batch a row may be there twice, which the projection
-- rules out. Read such tables with LIMIT 1 BY event_id.

CREATE FUNCTION IF NOT EXISTS onefoldFloats AS (bytes) ->
  arrayMap(i -> toFloat64(reinterpretAsFloat32(substring(bytes, 4 * i + 1, 4))), range(intDiv(length(bytes), 4)));

CREATE FUNCTION IF NOT EXISTS onefoldSum AS (bytes) -> arrayFold((sum, x) -> sum + x, onefoldFloats(bytes), toFloat64(0));

CREATE FUNCTION IF NOT EXISTS onefoldMean AS (bytes) ->
  if(empty(bytes), NULL, onefoldSum(bytes) / intDiv(length(bytes), 4));

CREATE MATERIALIZED VIEW IF NOT EXISTS onefold_kafka.to_policies TO onefold.policies AS
SELECT
  runId AS run, step, policyHash AS policy, previousPolicyHash AS previous_policy, optimizerHash AS optimizer,
  ifNull(snapshotHash, '') AS snapshot, gradientHashes AS gradients,
  metrics.loss AS loss, metrics.policyLoss AS policy_loss, metrics.kl AS kl, metrics.entropy AS entropy,
  metrics.clipFraction AS clip_fraction, metrics.mismatch AS mismatch, metrics.gradientNorm AS gradient_norm,
  metrics.learningRate AS learning_rate, metrics.rewardMean AS reward_mean, metrics.solvedShare AS solved_share,
  metrics.unknownCount AS unknown_count, metrics.zeroSignalGroups AS zero_signal_groups,
  metrics.responseLength AS response_length, metrics.truncatedShare AS truncated_share, metrics.tokens AS tokens,
  concat(runId, '/', toString(step), '/policy') AS event_id,
  assumeNotNull(_timestamp_ms) AS time, _topic, toUInt32(_partition) AS _partition, _offset
FROM onefold_kafka.runs
WHERE previousPolicyHash != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS onefold_kafka.to_evaluations TO onefold.evaluations AS
SELECT
  runId AS run, step, protocol, result.group AS family, policyHash AS policy, result.problems AS problems,
  result.samplesPerProblem AS samples_per_problem, result.accuracy AS accuracy, result.low AS low, result.high AS high,
  result.passAtK AS pass_at_k, result.boxed AS boxed, result.truncated AS truncated,
  result.responseLength AS response_length,
  concat(runId, '/', toString(step), '/evaluation/', protocol) AS event_id,
  assumeNotNull(_timestamp_ms) AS time, _topic, toUInt32(_partition) AS _partition, _offset
FROM onefold_kafka.runs
ARRAY JOIN results AS result;

CREATE MATERIALIZED VIEW IF NOT EXISTS onefold_kafka.to_evaluation_figures TO onefold.evaluation_figures AS
SELECT
  runId AS run, step, protocol, figure.1 AS family, (figure.2).metric AS metric, (figure.2).value AS value,
  (figure.2).low AS low, (figure.2).high AS high, policyHash AS policy,
  concat(runId, '/', toString(step), '/evaluation/', protocol) AS event_id,
  assumeNotNull(_timestamp_ms) AS time, _topic, toUInt32(_partition) AS _partition, _offset
FROM onefold_kafka.runs
ARRAY JOIN arrayFlatten(arrayMap(result -> arrayMap(each -> (result.group, each), result.figures), results)) AS figure;

CREATE MATERIALIZED VIEW IF NOT EXISTS onefold_kafka.to_rollouts TO onefold.rollouts AS
SELECT
  runId AS run, step, promptId AS prompt, sampleIndex AS sample, cohort, policyHash AS policy, text,
  toUInt32(intDiv(length(generated.tokens), 4)) AS tokens, onefoldSum(logProbs) AS log_prob,
  onefoldMean(ifNull(entropies, '')) AS entropy, stop,
  concat(runId, '/', toString(step), '/rollout/', promptId, '/', toString(sampleIndex)) AS event_id,
  assumeNotNull(_timestamp_ms) AS time, _topic, toUInt32(_partition) AS _partition, _offset
FROM onefold_kafka.rollouts_generated AS generated;

CREATE MATERIALIZED VIEW IF NOT EXISTS onefold_kafka.to_verdicts TO onefold.verdicts AS
SELECT
  runId AS run, step, promptId AS prompt, sampleIndex AS sample, reward, extracted, verdict, rule, boxed, truncated,
  grader, rewardName AS reward_name,
  concat(runId, '/', toString(step), '/grade/', promptId, '/', toString(sampleIndex)) AS event_id,
  assumeNotNull(_timestamp_ms) AS time, _topic, toUInt32(_partition) AS _partition, _offset
FROM onefold_kafka.rollouts_graded;

CREATE MATERIALIZED VIEW IF NOT EXISTS onefold_kafka.to_evaluation_samples TO onefold.evaluation_samples AS
SELECT
  runId AS run, step, protocol, problemId AS problem, sampleIndex AS sample, cohort, policyHash AS policy, text,
  toUInt32(intDiv(length(sampled.tokens), 4)) AS tokens, onefoldSum(logProbs) AS log_prob,
  onefoldMean(entropies) AS entropy, stop, extracted, verdict, rule, boxed, if(grader = '', 'exact@1', grader) AS grader,
  form, reflects, wouldExecute AS would_execute,
  concat(runId, '/', toString(step), '/answer/', protocol, '/', problemId, '/', toString(sampleIndex)) AS event_id,
  assumeNotNull(_timestamp_ms) AS time, _topic, toUInt32(_partition) AS _partition, _offset
FROM onefold_kafka.evaluations_sampled AS sampled;
