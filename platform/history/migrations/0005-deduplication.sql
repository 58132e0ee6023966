-- A block that is inserted again is known as one: a table remembers the tokens of its last blocks.
--
-- An insert over a network may have succeeded though no answer came. It is tried again with the same token, made from the
-- topics, partitions and offsets of its rows, and leaves no second row (insert_deduplication_token, block.ts).

ALTER TABLE runs MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE requests MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE rollouts MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE verdicts MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE gradients MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE policies MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE scores MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE critic_gradients MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE critics MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE evaluation_samples MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE evaluations MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE evaluation_figures MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE dead_letters MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE token_scores MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE token_values MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE evaluation_tokens MODIFY SETTING non_replicated_deduplication_window = 1000;
ALTER TABLE tokens MODIFY SETTING non_replicated_deduplication_window = 1000;
