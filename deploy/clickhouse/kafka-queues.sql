-- A ClickHouse server that reads the event log from Kafka by itself: one queue for each topic of events that are rows as
-- they are. The tables they go to are those of platform/history/migrations, which come first.
--
-- Replace kafka:9092 by your brokers and http://registry:8081 by the schema registry that the log uses (docs/registry.md),
-- with the path at which Confluent's API begins, if there is one.

CREATE DATABASE IF NOT EXISTS onefold_kafka;

CREATE TABLE IF NOT EXISTS onefold_kafka.runs
(
  runId String,
  step UInt32,
  policyHash String,
  previousPolicyHash String,
  optimizerHash String,
  snapshotHash Nullable(String),
  gradientHashes Array(String),
  metrics Tuple(
    loss Float64, policyLoss Float64, kl Float64, entropy Float64, clipFraction Float64, mismatch Float64,
    gradientNorm Float64, learningRate Float64, rewardMean Float64, solvedShare Float64, unknownCount UInt32,
    zeroSignalGroups Float64, responseLength Float64, truncatedShare Float64, tokens UInt64),
  protocol String,
  results Array(Tuple(
    group String, problems UInt32, samplesPerProblem UInt32, accuracy Float64, low Float64, high Float64,
    passAtK Float64, boxed Float64, truncated Float64, responseLength Float64,
    figures Array(Tuple(metric String, value Float64, low Float64, high Float64))))
)
ENGINE = Kafka
SETTINGS kafka_broker_list = 'kafka:9092', kafka_topic_list = 'runs', kafka_group_name = 'onefold-clickhouse',
  kafka_format = 'AvroConfluent', format_avro_schema_registry_url = 'http://registry:8081',
  input_format_avro_allow_missing_fields = 1;

CREATE TABLE IF NOT EXISTS onefold_kafka.rollouts_generated
(
  runId String,
  step UInt32,
  cohort UInt32,
  promptId String,
  sampleIndex UInt32,
  policyHash String,
  tokens String,
  logProbs String,
  entropies Nullable(String),
  text String,
  stop String
)
ENGINE = Kafka
SETTINGS kafka_broker_list = 'kafka:9092', kafka_topic_list = 'rollouts.generated',
  kafka_group_name = 'onefold-clickhouse', kafka_format = 'AvroConfluent',
  format_avro_schema_registry_url = 'http://registry:8081', input_format_avro_allow_missing_fields = 1;

CREATE TABLE IF NOT EXISTS onefold_kafka.rollouts_graded
(
  runId String,
  step UInt32,
  promptId String,
  sampleIndex UInt32,
  reward Nullable(Float64),
  extracted Nullable(String),
  verdict String,
  rule String,
  boxed Bool,
  truncated Bool,
  grader String,
  rewardName String
)
ENGINE = Kafka
SETTINGS kafka_broker_list = 'kafka:9092', kafka_topic_list = 'rollouts.graded',
  kafka_group_name = 'onefold-clickhouse', kafka_format = 'AvroConfluent',
  format_avro_schema_registry_url = 'http://registry:8081', input_format_avro_allow_missing_fields = 1;

CREATE TABLE IF NOT EXISTS onefold_kafka.evaluations_sampled
(
  runId String,
  step UInt32,
  protocol String,
  cohort UInt32,
  problemId String,
  sampleIndex UInt32,
  policyHash String,
  tokens String,
  logProbs String,
  entropies String,
  text String,
  stop String,
  extracted Nullable(String),
  verdict String,
  rule String,
  boxed Bool,
  grader String,
  form Nullable(String),
  reflects Nullable(Bool),
  wouldExecute Nullable(Bool)
)
ENGINE = Kafka
SETTINGS kafka_broker_list = 'kafka:9092', kafka_topic_list = 'evaluations.sampled',
  kafka_group_name = 'onefold-clickhouse', kafka_format = 'AvroConfluent',
  format_avro_schema_registry_url = 'http://registry:8081', input_format_avro_allow_missing_fields = 1;
