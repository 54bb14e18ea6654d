-- Chat between people: what WuKongIM's clients say with a message, person channels that name their two,
-- groups that can be made again, blocked senders, exclusive devices.

-- peers: of a person channel, the public ids of the two in the order of its key. last_at: of its last message.
ALTER TABLE channels
  ADD COLUMN peers VARCHAR(130) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN last_at BIGINT NOT NULL DEFAULT 0;
UPDATE channels SET peers = CONCAT(
  COALESCE(IF(channel_key LIKE 'a%',
    (SELECT uid FROM accounts WHERE id = CAST(SUBSTRING(SUBSTRING_INDEX(channel_key, ':', 1), 2) AS UNSIGNED)),
    (SELECT public_id FROM robots WHERE id = CAST(SUBSTRING(SUBSTRING_INDEX(channel_key, ':', 1), 2) AS UNSIGNED))), ''),
  ' ',
  COALESCE(IF(channel_key LIKE '%:a%',
    (SELECT uid FROM accounts WHERE id = CAST(SUBSTRING(SUBSTRING_INDEX(channel_key, ':', -1), 2) AS UNSIGNED)),
    (SELECT public_id FROM robots WHERE id = CAST(SUBSTRING(SUBSTRING_INDEX(channel_key, ':', -1), 2) AS UNSIGNED))), ''))
  WHERE kind = 1;
UPDATE channels c SET last_at = COALESCE(
  (SELECT m.created_at FROM messages m WHERE m.channel_id = c.id AND m.seq = c.last_seq), c.created_at)
  WHERE c.last_seq > 0;

-- flags: 1 counts for nobody as unread, 2 a command; from bit 8 on WuKongIM's setting byte.
-- extra: JSON of what else that protocol carries along (expire, topic).
ALTER TABLE messages
  ADD COLUMN flags INT NOT NULL DEFAULT 0,
  ADD COLUMN extra VARCHAR(700) NULL;

-- Messages with flag 1 or 2, which nobody counts as unread. n counts them in each channel.
CREATE TABLE quiet_messages (
  channel_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (channel_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- last_owner_id: of a group that is gone; who may make it again. history_from: what was before that nobody sees.
ALTER TABLE channel_groups
  ADD COLUMN last_owner_id BIGINT NULL,
  ADD COLUMN history_from BIGINT NOT NULL DEFAULT 1;

-- When a member's view of a channel last changed other than by a message: read elsewhere, cleared.
ALTER TABLE channel_members ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;

-- Whom an account does not want to hear.
CREATE TABLE blocks (
  account_id BIGINT NOT NULL,
  blocked_type TINYINT NOT NULL,
  blocked_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, blocked_type, blocked_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which device it is (the door's own words for it).
ALTER TABLE connections ADD COLUMN device VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
