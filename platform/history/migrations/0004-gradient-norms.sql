-- How long the gradient of each update is, parameter by parameter.
--
-- Updates that are there were written by versions that measured the whole gradient only: they have no rows here.

CREATE TABLE IF NOT EXISTS gradient_norms
(
  run LowCardinality(String) COMMENT 'run id',
  step UInt32 COMMENT 'updates the policy has behind it, from 1 on: step of its row in policies',
  parameter LowCardinality(String) COMMENT 'name of the parameter, as the checkpoint has it',
  norm Float64 COMMENT 'L2 norm of its part of the summed gradient before clipping',
  policy LowCardinality(String) COMMENT 'SHA-256 of the weights that the update made',
  event_id LowCardinality(String) COMMENT 'id of the event: its coordinates',
  time DateTime64(3, 'UTC') COMMENT 'when the record was written, by the writer''s clock',
  _topic LowCardinality(String) COMMENT 'topic of the record that caused this row',
  _partition UInt32 COMMENT 'its partition',
  _offset UInt64 COMMENT 'its offset'
)
ENGINE = MergeTree ORDER BY (run, step, parameter)
SETTINGS default_compression_codec = 'ZSTD(1)', fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000
COMMENT 'norm of each parameter''s gradient in each update: PolicyUpdated, from its second version on';
