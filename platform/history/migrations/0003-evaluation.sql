-- What evaluations leave beside verdicts: who judged, every figure with its interval, and every token.
--
-- Rows that are there were judged by our own grader, and nobody kept or looked for what the other new columns hold.

ALTER TABLE evaluation_samples
  ADD COLUMN IF NOT EXISTS grader LowCardinality(String) DEFAULT 'exact@1' COMMENT 'the grader that gave the verdict, as name@version' AFTER boxed,
  ADD COLUMN IF NOT EXISTS form Nullable(String) COMMENT 'the answer as the grader compared it: equal forms are one answer in a vote; null where there is none' AFTER grader,
  ADD COLUMN IF NOT EXISTS reflects Nullable(Bool) COMMENT 'whether the answer has one of the run''s words of self-reflection; null where nobody looked' AFTER form,
  ADD COLUMN IF NOT EXISTS would_execute Nullable(Bool) COMMENT 'whether the official script would have run the answer as code, which is never done here; null where nobody looked' AFTER reflects;

ALTER TABLE evaluation_samples
  COMMENT COLUMN protocol 'name of the test: greedy, avg@8, train@8, or set and protocol of a benchmark: math500.paper',
  COMMENT COLUMN stop 'why it ended: eos (the model ended it), stop (a text that the test stops at did) or length (no tokens left)';

ALTER TABLE evaluations
  COMMENT COLUMN protocol 'name of the test: greedy, avg@8, train@8, or set and protocol of a benchmark: math500.paper';

CREATE TABLE IF NOT EXISTS evaluation_figures
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy has behind it',
  protocol LowCardinality(String) COMMENT 'name of the test, as in evaluations',
  family LowCardinality(String) COMMENT 'what the figure is over: all, or one family of problems',
  metric LowCardinality(String) COMMENT 'what is measured: accuracy, pass@4, maj@8, boxed, truncated, responseLength, reflection, gaveUp, wouldExecute',
  value Float64 COMMENT 'the figure: a share, 0 to 1, or tokens for responseLength',
  low Float64 COMMENT 'lower end of its 95 % interval over draws of problems',
  high Float64 COMMENT 'upper end of its 95 % interval over draws of problems',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that were tested',
  event_id String COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, protocol, family, metric, step)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'every figure of an evaluation with its interval: EvaluationCompleted, from its second version on';

CREATE TABLE IF NOT EXISTS evaluation_tokens
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy that answered has behind it',
  protocol LowCardinality(String) COMMENT 'name of the test, as in evaluation_samples',
  problem LowCardinality(String) COMMENT 'id of the problem',
  sample UInt32 COMMENT 'index of the answer among those to this problem',
  position UInt32 COMMENT 'index of the token in the answer, from 0',
  token UInt32 COMMENT 'token id',
  text LowCardinality(String) COMMENT 'the token''s text; empty for an id that the vocabulary does not have',
  log_prob Float32 COMMENT 'ln pi(token) at the test''s temperature (at 1 when greedy), in nats',
  entropy Float32 COMMENT 'entropy of the distribution at this position, in nats',
  verdict LowCardinality(String) COMMENT 'of the whole answer: correct, incorrect, no-answer or unknown',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that answered',
  event_id LowCardinality(String) COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, protocol, problem, sample, position)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'every token of every answer in an evaluation: EvaluationSampled';
