-- What objectives beside GRPO's need: scores, a critic, several updates a batch, an advantage for each token.
--
-- Rows that are there stay where they are. They were written when every batch had one update, so their rollout_step is
-- their step.

ALTER TABLE requests
  ADD COLUMN IF NOT EXISTS rollout_step UInt32 DEFAULT step COMMENT 'updates the policy that sampled the batch has behind it; step, where nothing was sampled before' AFTER step,
  ADD COLUMN IF NOT EXISTS critic LowCardinality(String) COMMENT 'SHA-256 of the critic''s weights; empty where none is to be used' AFTER reference;

ALTER TABLE requests
  COMMENT COLUMN step 'updates the policy has behind it; the critic, for a critic-gradient',
  COMMENT COLUMN kind 'what is asked for: rollouts, evaluation, scores, gradient or critic-gradient',
  COMMENT COLUMN part 'number of the cohort (rollouts, evaluation) or shard (scores, gradients) within the step',
  COMMENT COLUMN policy 'SHA-256 of the policy''s weights to be used; empty where none are: critic-gradient, scores of other models only',
  COMMENT COLUMN prompts 'ids of the prompts or problems to be answered; empty for scores and gradients',
  COMMENT COLUMN rollouts 'rollouts in the shard; null for rollouts and evaluation',
  COMMENT COLUMN tokens 'response tokens in the shard; null for rollouts and evaluation',
  COMMENT COLUMN batch_tokens 'response tokens in the whole batch of the update; null unless gradient or critic-gradient',
  COMMENT COLUMN reference 'SHA-256 of the frozen base for a KL term, in the loss (gradient) or in rewards (scores); empty where no term needs it',
  COMMENT COLUMN packed 'SHA-256 of the packed shard; empty for rollouts and evaluation',
  MODIFY COMMENT 'work that was asked for: RolloutRequested, EvaluationRequested, ScoresRequested, GradientRequested, CriticGradientRequested';

ALTER TABLE gradients
  ADD COLUMN IF NOT EXISTS rollout_step UInt32 DEFAULT step COMMENT 'updates the policy that sampled the batch has behind it: step of its rollouts' AFTER step;

ALTER TABLE gradients
  COMMENT COLUMN shard 'number of the shard within the update''s part of the batch',
  COMMENT COLUMN shards 'how many shards that part has',
  COMMENT COLUMN loss 'this and the following are the shard''s shares of the update''s figures: over the shards they sum to them',
  COMMENT COLUMN policy_loss 'policy loss, aggregated as the run says',
  COMMENT COLUMN kl 'estimate of the KL divergence to the frozen base, by the run''s estimator (k3 unless it says another), in nats',
  COMMENT COLUMN mismatch 'difference between the log-probs of sampling and of training, in nats; about 0 in the first update of a batch';

ALTER TABLE policies
  COMMENT COLUMN step 'updates the policy has behind it, from 1 on; its figures are those of the gradients of step - 1',
  COMMENT COLUMN loss 'what was minimised: policy loss with its weighted KL and entropy terms, aggregated as the run says',
  COMMENT COLUMN policy_loss 'policy loss, aggregated as the run says',
  COMMENT COLUMN kl 'estimate of the KL divergence to the frozen base, by the run''s estimator (k3 unless it says another), in nats',
  COMMENT COLUMN entropy 'mean entropy of the policy being trained, in nats',
  COMMENT COLUMN mismatch 'mean difference between the log-probs of sampling and of training, in nats; about 0 in the first update of a batch',
  COMMENT COLUMN tokens 'response tokens that the update learned from';

ALTER TABLE tokens
  ADD COLUMN IF NOT EXISTS rollout_step UInt32 DEFAULT step COMMENT 'updates the policy that sampled the token has behind it: step of its rollout' AFTER step;

ALTER TABLE tokens
  COMMENT COLUMN step 'updates the policy being trained on the token has behind it',
  COMMENT COLUMN sample 'index of the answer among those to this prompt in rollout_step',
  COMMENT COLUMN advantage 'advantage of the token; under GRPO and RLOO the same for all tokens of an answer, unless a KL is taken off their rewards (GradientComputed)',
  COMMENT COLUMN policy 'SHA-256 of the weights that its gradient was taken of; in the first update of a batch, those that sampled it';

CREATE TABLE IF NOT EXISTS scores
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that sampled the batch has behind it',
  shard UInt32 COMMENT 'number of the shard within the batch',
  shards UInt32 COMMENT 'how many shards the batch has',
  packed String COMMENT 'SHA-256 of the packed shard that was scored',
  rollouts UInt32 COMMENT 'rollouts in the shard',
  tokens UInt32 COMMENT 'response tokens in the shard',
  old_log_prob Nullable(Float64) COMMENT 'mean over its tokens of ln pi(token) under the batch''s policy as the trainer computes it, in nats; null where not asked for',
  reference_log_prob Nullable(Float64) COMMENT 'mean over its tokens of ln pi(token) under the frozen base, in nats; null where not asked for',
  value Nullable(Float64) COMMENT 'mean over its tokens of the critic''s value, in units of reward; null without a critic',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, shard)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'what advantages were made from beside rewards, a row for each shard: ScoresComputed. Its tokens are in the table token_scores';

CREATE TABLE IF NOT EXISTS token_scores
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that sampled the token has behind it: rollout_step in the table tokens',
  prompt LowCardinality(String) COMMENT 'id of the training example',
  sample UInt32 COMMENT 'index of the answer among those to this prompt in this step',
  position UInt32 COMMENT 'index of the token in the answer, from 0',
  old_log_prob Nullable(Float32) COMMENT 'ln pi(token) under the policy that sampled it as the trainer computes it, in nats: the denominator of the ratio; null where not asked for',
  reference_log_prob Nullable(Float32) COMMENT 'ln pi(token) under the frozen base, in nats; null where not asked for',
  value Nullable(Float32) COMMENT 'the critic''s value of the state the token was drawn in, in units of reward; null without a critic',
  shard UInt32 COMMENT 'shard it was scored in',
  event_id LowCardinality(String) COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, prompt, sample, position)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'every token that was scored before its batch was learned from: ScoresComputed';

CREATE TABLE IF NOT EXISTS critic_gradients
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the critic whose gradient this is has behind it',
  rollout_step UInt32 COMMENT 'updates the policy that sampled the batch has behind it: step of its rollouts',
  shard UInt32 COMMENT 'number of the shard within the update''s part of the batch',
  shards UInt32 COMMENT 'how many shards that part has',
  critic LowCardinality(String) COMMENT 'SHA-256 of the critic''s weights the gradient was taken of',
  gradient String COMMENT 'SHA-256 of the gradient',
  packed String COMMENT 'SHA-256 of the packed shard it was computed from',
  rollouts UInt32 COMMENT 'rollouts in the shard',
  tokens UInt32 COMMENT 'response tokens in the shard',
  loss Float64 COMMENT 'this and the following are the shard''s shares of the update''s figures: over the shards they sum to them',
  clip_fraction Float64 COMMENT 'tokens whose value the clip held back',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, shard)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'the critic''s loss and gradient of each shard: CriticGradientComputed. Its tokens are in the table token_values';

CREATE TABLE IF NOT EXISTS critics
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the critic has behind it, from 1 on; its figures are those of the gradients of step - 1',
  critic LowCardinality(String) COMMENT 'SHA-256 of the new weights',
  previous_critic LowCardinality(String) COMMENT 'SHA-256 of the weights before',
  optimizer String COMMENT 'SHA-256 of the optimizer''s moments',
  snapshot String COMMENT 'SHA-256 of weights and moments where they were stored; else empty',
  gradients Array(String) COMMENT 'SHA-256 of the gradients folded in, in shard order',
  loss Float64 COMMENT 'half the clipped squared distance between values and returns, aggregated as the run says, in squared units of reward',
  clip_fraction Float64 COMMENT 'share of tokens whose value the clip held back, 0 to 1',
  gradient_norm Float64 COMMENT 'L2 norm of the summed gradient before clipping',
  learning_rate Float64 COMMENT 'of this update',
  value_mean Float64 COMMENT 'mean value over tokens, in units of reward',
  return_mean Float64 COMMENT 'mean return over tokens, in units of reward',
  explained_variance Float64 COMMENT '1 - Var(return - value) / Var(return) over tokens; 0 where all returns are the same',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'critics and the figures of the updates that made them: CriticUpdated';

CREATE TABLE IF NOT EXISTS token_values
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the critic has behind it',
  rollout_step UInt32 COMMENT 'updates the policy that sampled the token has behind it: step of its rollout',
  prompt LowCardinality(String) COMMENT 'id of the training example',
  sample UInt32 COMMENT 'index of the answer among those to this prompt in rollout_step',
  position UInt32 COMMENT 'index of the token in the answer, from 0',
  value Float32 COMMENT 'value of the state the token was drawn in under this critic, before its update, in units of reward',
  old_value Float32 COMMENT 'the same under the critic that the advantages were computed with',
  return Float32 COMMENT 'what the value is drawn to: advantage, before it was whitened, plus old_value, in units of reward',
  shard UInt32 COMMENT 'gradient shard it was learned in',
  critic LowCardinality(String) COMMENT 'SHA-256 of the critic''s weights',
  event_id LowCardinality(String) COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, prompt, sample, position)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'every training token as the critic learned from it: CriticGradientComputed';
