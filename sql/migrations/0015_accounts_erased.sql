-- Of closed accounts (status 2): whether all that was theirs is gone. Also of those that were closed before.
ALTER TABLE accounts ADD COLUMN erased TINYINT NOT NULL DEFAULT 0, ADD KEY accounts_erased (status, erased, id);
