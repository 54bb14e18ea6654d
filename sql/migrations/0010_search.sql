-- Which messages have which words: a gram is the hash of two neighbouring characters, or of a Latin word (core/search.h).
CREATE TABLE message_terms (
  channel_id BIGINT NOT NULL,
  gram INT UNSIGNED NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (channel_id, gram, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- How far they are written: all messages up to this id.
CREATE TABLE search_state (
  id TINYINT NOT NULL,
  message_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO search_state VALUES (1, 0);
-- When a device of an account was last there: what happened since is told again when it comes back.
CREATE TABLE device_ends (
  account_id BIGINT NOT NULL,
  device VARCHAR(80) NOT NULL,
  ended_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, device)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
