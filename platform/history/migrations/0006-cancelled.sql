-- A run may also be cancelled: one more kind of row, in the columns that are there.

ALTER TABLE runs COMMENT COLUMN kind 'what happened to the run: started, paused, resumed, finished, failed or cancelled';
ALTER TABLE runs MODIFY COMMENT 'what happened to each run: RunStarted, RunPaused, RunResumed, RunFinished, RunFailed, RunCancelled';
