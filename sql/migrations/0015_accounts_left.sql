-- Accounts that were closed and still have rows elsewhere: they are erased step by step.
ALTER TABLE accounts ADD COLUMN rows_left TINYINT NOT NULL DEFAULT 0, ADD KEY accounts_left (rows_left, id);
