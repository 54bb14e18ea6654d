-- Whom the operator's own system registered, who may read but not write, and what a client keeps about itself.
ALTER TABLE accounts
  ADD COLUMN registered TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN muted TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN ex VARCHAR(1000) NOT NULL DEFAULT '';
-- What the tokens of a login are good for (empty: for everything).
ALTER TABLE token_families ADD COLUMN scope VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
-- A row for each side, but robots keep none.
CREATE TABLE friends (
  account_id BIGINT NOT NULL,
  friend_type TINYINT NOT NULL,
  friend_id BIGINT NOT NULL,
  remark VARCHAR(100) NOT NULL DEFAULT '',
  source TINYINT NOT NULL DEFAULT 0,
  operator_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, friend_type, friend_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE friend_requests (
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  message VARCHAR(1000) NOT NULL DEFAULT '',
  state TINYINT NOT NULL DEFAULT 0,
  answer VARCHAR(1000) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  handled_at BIGINT DEFAULT NULL,
  PRIMARY KEY (to_id, from_id),
  KEY friend_requests_newest (to_id, created_at),
  KEY friend_requests_made (from_id, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
ALTER TABLE channel_groups
  ADD COLUMN introduction VARCHAR(2000) NOT NULL DEFAULT '',
  ADD COLUMN notification VARCHAR(2000) NOT NULL DEFAULT '',
  ADD COLUMN notification_at BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN notification_by BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN ex VARCHAR(1000) NOT NULL DEFAULT '',
  ADD COLUMN creator_id BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN muted TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN look_member_info TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN apply_member_friend TINYINT NOT NULL DEFAULT 0;
ALTER TABLE channel_members
  ADD COLUMN nickname VARCHAR(100) NOT NULL DEFAULT '',
  ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN inviter_id BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN source TINYINT NOT NULL DEFAULT 0;
-- Who wants to be in a group, and what became of it.
CREATE TABLE group_requests (
  channel_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  inviter_id BIGINT NOT NULL DEFAULT 0,
  message VARCHAR(1000) NOT NULL DEFAULT '',
  state TINYINT NOT NULL DEFAULT 0,
  answer VARCHAR(1000) NOT NULL DEFAULT '',
  handled_by BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  handled_at BIGINT DEFAULT NULL,
  PRIMARY KEY (channel_id, account_id),
  KEY group_requests_newest (channel_id, created_at),
  KEY group_requests_made (account_id, created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- What a client may add to a message takes more room when it is escaped.
ALTER TABLE messages MODIFY COLUMN extra TEXT DEFAULT NULL;
-- A number is looked for by whoever reads the channel too, who does not know its sender.
ALTER TABLE client_numbers DROP PRIMARY KEY, ADD PRIMARY KEY (no_hash, sender_type, sender_id);
