-- How an account has a chat shown to it, and what it deleted for itself alone.
ALTER TABLE channel_members
  ADD COLUMN pinned TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN notify TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN ex VARCHAR(1000) NOT NULL DEFAULT '';
ALTER TABLE friends
  ADD COLUMN pinned TINYINT NOT NULL DEFAULT 0,
  ADD COLUMN ex VARCHAR(1000) NOT NULL DEFAULT '';
CREATE TABLE hidden_messages (
  account_id BIGINT NOT NULL,
  channel_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (account_id, channel_id, seq),
  KEY hidden_channel (channel_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
