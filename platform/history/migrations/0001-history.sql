-- One table for each kind of event, and one row for each generated token.
--
-- Every table begins with the run and ends with the record of the log that caused the row, so that a projection that
-- was killed knows where it stands. A run's rows are not a partition of their own: runs are many and often small.
-- Inserts reach the disk before they count (fsync), because what a table holds is also how far it has come.

CREATE TABLE IF NOT EXISTS runs
(
  run LowCardinality(String) COMMENT 'run id',
  kind LowCardinality(String) COMMENT 'what happened to the run: started, paused, resumed, finished or failed',
  session Nullable(UInt32) COMMENT 'sitting of the run that this began or ended, 1 the first; null where finished',
  step Nullable(UInt32) COMMENT 'updates the policy had behind it; null where resumed',
  policy LowCardinality(String) COMMENT 'SHA-256 of weights: the base where started, the last policy where finished; else empty',
  reason String COMMENT 'why it paused, or the kind of error it failed with; else empty',
  detail String COMMENT 'what went wrong, in words; else empty',
  next String COMMENT 'what to do about it; else empty',
  code_version LowCardinality(String) COMMENT 'version of Onefold that started the run; else empty',
  config String COMMENT 'the resolved configuration as JSON, where started; else empty',
  config_hash LowCardinality(String) COMMENT 'SHA-256 of config; else empty',
  data_hash LowCardinality(String) COMMENT 'SHA-256 of the training examples with their answers; else empty',
  tokenizer_hash LowCardinality(String) COMMENT 'SHA-256 of tokenizer.json; else empty',
  environment String COMMENT 'what bits depend on beside the configuration, as JSON, where started or resumed; else empty',
  drift Array(String) COMMENT 'what differed from the first environment when resumed, where that was allowed',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, time, _offset)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'what happened to each run: RunStarted, RunPaused, RunResumed, RunFinished, RunFailed';

CREATE TABLE IF NOT EXISTS requests
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy has behind it',
  kind LowCardinality(String) COMMENT 'what is asked for: rollouts, evaluation or gradient',
  part UInt32 COMMENT 'number of the cohort (rollouts, evaluation) or shard (gradient) within the step',
  parts Nullable(UInt32) COMMENT 'how many cohorts or shards there are; null for rollouts, whose events do not say',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights to be used',
  protocol LowCardinality(String) COMMENT 'name of the evaluation; else empty',
  temperature Nullable(Float64) COMMENT 'sampling temperature of an evaluation, 0 is greedy; else null',
  prompts Array(String) COMMENT 'ids of the prompts or problems to be answered; empty for gradients',
  first_samples Array(UInt32) COMMENT 'index of the first sample of each prompt',
  samples Array(UInt32) COMMENT 'number of samples of each prompt',
  rollouts Nullable(UInt32) COMMENT 'rollouts in the shard; null unless gradient',
  tokens Nullable(UInt64) COMMENT 'response tokens in the shard; null unless gradient',
  batch_tokens Nullable(UInt64) COMMENT 'response tokens in the whole batch: the divisor of the token mean; null unless gradient',
  reference LowCardinality(String) COMMENT 'SHA-256 of the frozen base for the KL term; empty where no term needs it',
  packed LowCardinality(String) COMMENT 'SHA-256 of the packed shard; empty unless gradient',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, kind, protocol, part)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'work that was asked for: RolloutRequested, EvaluationRequested, GradientRequested';

CREATE TABLE IF NOT EXISTS rollouts
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that answered has behind it',
  prompt LowCardinality(String) COMMENT 'id of the training example',
  sample UInt32 COMMENT 'index of the answer among those to this prompt in this step',
  cohort UInt32 COMMENT 'cohort it was sampled in',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that answered',
  text String COMMENT 'the answer, exactly as generated',
  tokens UInt32 COMMENT 'length of the answer in tokens, end of sequence included',
  log_prob Float64 COMMENT 'sum of ln pi(token) under the policy that answered, in nats',
  entropy Nullable(Float64) COMMENT 'mean entropy of the distributions its tokens were drawn from, in nats; null in old events and for no tokens',
  stop LowCardinality(String) COMMENT 'why it ended: eos (the model ended it) or length (no tokens left)',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, prompt, sample)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'sampled answers: RolloutGenerated. Their tokens are in the table tokens';

CREATE TABLE IF NOT EXISTS verdicts
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that answered has behind it',
  prompt LowCardinality(String) COMMENT 'id of the training example',
  sample UInt32 COMMENT 'index of the answer among those to this prompt in this step',
  reward Nullable(Float64) COMMENT 'what the answer earned; null where the grader gave up: unknown is not zero',
  extracted Nullable(String) COMMENT 'the answer found in the text; null where there is none',
  verdict LowCardinality(String) COMMENT 'correct, incorrect, no-answer or unknown',
  rule LowCardinality(String) COMMENT 'rule of the grader that decided, or why it gave up',
  boxed Bool COMMENT 'whether the text holds an answer in a box',
  truncated Bool COMMENT 'whether the response ran out of tokens',
  grader LowCardinality(String) COMMENT 'name and version of the grader',
  reward_name LowCardinality(String) COMMENT 'name of the reward function',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, prompt, sample)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'verdicts on rollouts: RolloutGraded';

CREATE TABLE IF NOT EXISTS gradients
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy whose gradient this is has behind it',
  shard UInt32 COMMENT 'number of the shard within the step''s batch',
  shards UInt32 COMMENT 'how many shards the batch has',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights the gradient was taken of',
  gradient String COMMENT 'SHA-256 of the gradient',
  packed String COMMENT 'SHA-256 of the packed shard it was computed from',
  rollouts UInt32 COMMENT 'rollouts in the shard',
  tokens UInt32 COMMENT 'response tokens in the shard',
  loss Float64 COMMENT 'this and the following are the shard''s shares of the batch''s token means: over the shards they sum to them',
  policy_loss Float64 COMMENT 'clipped policy-gradient loss',
  kl Float64 COMMENT 'k3 estimate of the KL divergence to the frozen base, in nats',
  entropy Float64 COMMENT 'entropy of the policy being trained, in nats',
  clip_fraction Float64 COMMENT 'tokens whose ratio the clip held back',
  mismatch Float64 COMMENT 'difference between the log-probs of sampling and of training, in nats; about 0',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, shard)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'loss and gradient of each shard: GradientComputed. Its tokens are in the table tokens';

CREATE TABLE IF NOT EXISTS policies
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy has behind it, from 1 on; its figures are those of the batch of step - 1',
  policy LowCardinality(String) COMMENT 'SHA-256 of the new weights',
  previous_policy LowCardinality(String) COMMENT 'SHA-256 of the weights before',
  optimizer String COMMENT 'SHA-256 of the optimizer''s moments',
  snapshot String COMMENT 'SHA-256 of weights and moments where they were stored; else empty',
  gradients Array(String) COMMENT 'SHA-256 of the gradients folded in, in shard order',
  loss Float64 COMMENT 'token mean over the batch',
  policy_loss Float64 COMMENT 'clipped policy-gradient loss, token mean',
  kl Float64 COMMENT 'k3 estimate of the KL divergence to the frozen base, token mean, in nats',
  entropy Float64 COMMENT 'token mean, in nats',
  clip_fraction Float64 COMMENT 'share of tokens whose ratio the clip held back, 0 to 1',
  mismatch Float64 COMMENT 'difference between the log-probs of sampling and of training, token mean, in nats; about 0',
  gradient_norm Float64 COMMENT 'L2 norm of the summed gradient before clipping',
  learning_rate Float64 COMMENT 'of this update',
  reward_mean Float64 COMMENT 'mean reward, an unknown one counted as 0',
  solved_share Float64 COMMENT 'share of rollouts with a right answer, 0 to 1',
  unknown_count UInt32 COMMENT 'rollouts whose reward is unknown',
  zero_signal_groups Float64 COMMENT 'share of groups in which every rollout earned the same, 0 to 1',
  response_length Float64 COMMENT 'mean length of the responses, in tokens',
  truncated_share Float64 COMMENT 'share of responses that ran out of tokens, 0 to 1',
  tokens UInt64 COMMENT 'response tokens in the batch',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'policies and the figures of the steps that made them: PolicyUpdated';

CREATE TABLE IF NOT EXISTS evaluation_samples
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that answered has behind it',
  protocol LowCardinality(String) COMMENT 'name of the evaluation: greedy, avg@8, train@8',
  problem LowCardinality(String) COMMENT 'id of the problem',
  sample UInt32 COMMENT 'index of the answer among those to this problem',
  cohort UInt32 COMMENT 'cohort it was sampled in',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that answered',
  text String COMMENT 'the answer, exactly as generated',
  tokens UInt32 COMMENT 'length of the answer in tokens, end of sequence included',
  log_prob Float64 COMMENT 'sum of ln pi(token), in nats',
  entropy Nullable(Float64) COMMENT 'mean entropy of the distributions its tokens were drawn from, in nats; null for no tokens',
  stop LowCardinality(String) COMMENT 'why it ended: eos (the model ended it) or length (no tokens left)',
  extracted Nullable(String) COMMENT 'the answer found in the text; null where there is none',
  verdict LowCardinality(String) COMMENT 'correct, incorrect, no-answer or unknown',
  rule LowCardinality(String) COMMENT 'rule of the grader that decided, or why it gave up',
  boxed Bool COMMENT 'whether the text holds an answer in a box',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, protocol, problem, sample)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'answers in evaluations: EvaluationSampled';

CREATE TABLE IF NOT EXISTS evaluations
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy has behind it',
  protocol LowCardinality(String) COMMENT 'name of the evaluation: greedy, avg@8, train@8',
  family LowCardinality(String) COMMENT 'what the figures are over: all, or one family of problems',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that were tested',
  problems UInt32 COMMENT 'number of problems',
  samples_per_problem UInt32 COMMENT 'answers to each problem',
  accuracy Float64 COMMENT 'mean over problems of the share of right answers, 0 to 1',
  low Float64 COMMENT 'lower end of its 95 % interval',
  high Float64 COMMENT 'upper end of its 95 % interval',
  pass_at_k Float64 COMMENT 'share of problems with at least one right answer, 0 to 1',
  boxed Float64 COMMENT 'share of answers in a box, 0 to 1',
  truncated Float64 COMMENT 'share of answers that ran out of tokens, 0 to 1',
  response_length Float64 COMMENT 'mean length of the answers, in tokens',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, protocol, family, step)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'figures of evaluations, a row for each family: EvaluationCompleted';

CREATE TABLE IF NOT EXISTS dead_letters
(
  run LowCardinality(String) COMMENT 'run id the record belonged to, or unknown',
  reason LowCardinality(String) COMMENT 'the kind of error',
  detail String COMMENT 'the error in words',
  record_topic LowCardinality(String) COMMENT 'topic of the record that could not be read',
  record_partition UInt32 COMMENT 'its partition',
  record_offset UInt64 COMMENT 'its offset',
  record String COMMENT 'its value as it was, in hexadecimal digits: unhex(record) gives the bytes',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, record_topic, record_partition, record_offset)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'records that no stage could read: DeadLettered';

CREATE TABLE IF NOT EXISTS tokens
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that sampled the token has behind it',
  prompt LowCardinality(String) COMMENT 'id of the training example',
  sample UInt32 COMMENT 'index of the answer among those to this prompt in this step',
  position UInt32 COMMENT 'index of the token in the answer, from 0',
  token UInt32 COMMENT 'token id',
  text LowCardinality(String) COMMENT 'the token''s text; empty for an id that the vocabulary does not have',
  behaviour_log_prob Float32 COMMENT 'ln pi(token) when it was sampled, in nats (RolloutGenerated)',
  log_prob Float32 COMMENT 'ln pi(token) under the policy being trained, before its update, in nats (GradientComputed)',
  reference_log_prob Nullable(Float32) COMMENT 'ln pi(token) under the frozen base, in nats (GradientComputed); null without a reference',
  entropy Float32 COMMENT 'entropy of the distribution at this position under the policy being trained, in nats (GradientComputed)',
  advantage Float32 COMMENT 'advantage of the answer, the same for all its tokens (GradientComputed)',
  reward Nullable(Float32) COMMENT 'reward of the answer; null where the grader gave up (RolloutGraded)',
  shard UInt32 COMMENT 'gradient shard it was trained in',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that sampled it and that its gradient was taken of',
  event_id LowCardinality(String) COMMENT 'id of the GradientComputed event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when that event was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of its record',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, prompt, sample, position)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'every generated training token: GradientComputed with its RolloutGenerated and RolloutGraded';
