-- The tables of the house: who there is, where they talk, what was said, and what still
-- has to be delivered. Times are milliseconds since 1970 UTC. Public ids are ascii_bin:
-- case-sensitive. No foreign keys: rows are locked in one order by the code that owns them.
-- A principal is (type, id): type 0 an account, 1 a robot.

CREATE TABLE accounts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  uid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  nickname VARCHAR(100) NOT NULL,
  avatar VARCHAR(1000) NOT NULL DEFAULT '',
  phone VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL,
  role TINYINT NOT NULL DEFAULT 0,
  status TINYINT NOT NULL DEFAULT 0,
  ver INT NOT NULL DEFAULT 1,
  event_seq BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY accounts_uid (uid),
  UNIQUE KEY accounts_phone (phone)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE weapp_identities (
  appid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  openid VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id BIGINT NOT NULL,
  unionid VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (appid, openid),
  KEY weapp_account (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A login and all that was refreshed from it.
CREATE TABLE token_families (
  id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id BIGINT NOT NULL,
  generation BIGINT NOT NULL DEFAULT 1,
  rotated_at BIGINT NOT NULL,
  revoked_at BIGINT NULL,
  platform TINYINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY families_account (account_id),
  KEY families_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE robots (
  id BIGINT NOT NULL AUTO_INCREMENT,
  public_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner_id BIGINT NULL,
  name VARCHAR(100) NOT NULL,
  description VARCHAR(2000) NOT NULL DEFAULT '',
  icon MEDIUMTEXT NOT NULL,
  brain VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'agent',
  reply_all TINYINT NOT NULL DEFAULT 0,
  is_private TINYINT NOT NULL DEFAULT 0,
  api_key_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ver INT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY robots_public_id (public_id),
  UNIQUE KEY robots_api_key (api_key_hash),
  KEY robots_owner (owner_id, deleted_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- kind: 1 person, 2 group, 3 conversation, 4 wecom, 5 sandbox. channel_key is unique within
-- a kind ("a3:r5", a group's public id, …). robot_id and account_id say whose talk it is
-- where it is one of an account with a robot.
CREATE TABLE channels (
  id BIGINT NOT NULL AUTO_INCREMENT,
  kind TINYINT NOT NULL,
  channel_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id BIGINT NULL,
  robot_id BIGINT NULL,
  last_seq BIGINT NOT NULL DEFAULT 0,
  notice_at BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY channels_key (kind, channel_key),
  KEY channels_talk (account_id, robot_id, created_at),
  KEY channels_robot (robot_id, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE channel_groups (
  channel_id BIGINT NOT NULL,
  public_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(100) NOT NULL DEFAULT '',
  avatar VARCHAR(1000) NOT NULL DEFAULT '',
  need_verification TINYINT NOT NULL DEFAULT 0,
  history_for_new TINYINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT NULL,
  PRIMARY KEY (channel_id),
  UNIQUE KEY groups_public_id (public_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- visible_from: the first number a member may see; cleared_seq hides what is not above it.
CREATE TABLE channel_members (
  channel_id BIGINT NOT NULL,
  member_type TINYINT NOT NULL,
  member_id BIGINT NOT NULL,
  role TINYINT NOT NULL DEFAULT 0,
  visible_from BIGINT NOT NULL DEFAULT 1,
  read_seq BIGINT NOT NULL DEFAULT 0,
  delivered_seq BIGINT NOT NULL DEFAULT 0,
  cleared_seq BIGINT NOT NULL DEFAULT 0,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, member_type, member_id),
  KEY members_of (member_type, member_id, channel_id),
  KEY members_cleared (member_type, cleared_seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE messages (
  channel_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  message_id BIGINT UNSIGNED NOT NULL,
  sender_type TINYINT NOT NULL,
  sender_id BIGINT NOT NULL,
  client_no VARCHAR(128) NOT NULL DEFAULT '',
  form VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  raw MEDIUMBLOB NULL,
  content MEDIUMTEXT NOT NULL,
  recalled_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, seq),
  UNIQUE KEY messages_id (message_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE client_numbers (
  sender_type TINYINT NOT NULL,
  sender_id BIGINT NOT NULL,
  no_hash CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content_hash CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  channel_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (sender_type, sender_id, no_hash),
  KEY client_numbers_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- History over all talks of an account with robots. n counts up; pages hold how many rows
-- there are in each thousand of n, so that a total and an offset cost a few hundred rows.
CREATE TABLE ocms_heads (
  account_id BIGINT NOT NULL,
  last_n BIGINT NOT NULL DEFAULT 0,
  cleared_n BIGINT NOT NULL DEFAULT 0,
  rows_left TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id),
  KEY heads_left (rows_left)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE ocms_log (
  account_id BIGINT NOT NULL,
  n BIGINT NOT NULL,
  channel_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (account_id, n),
  KEY ocms_log_channel (channel_id, account_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE ocms_gone (
  account_id BIGINT NOT NULL,
  page BIGINT NOT NULL,
  gone INT NOT NULL,
  PRIMARY KEY (account_id, page)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- rows_left, here and in ocms_heads: hidden rows of the history still wait for housekeeping.
-- by_client: the id was chosen by a client and is unique for (account, robot) only.
CREATE TABLE conversations (
  id BIGINT NOT NULL AUTO_INCREMENT,
  account_id BIGINT NOT NULL,
  robot_id BIGINT NOT NULL,
  public_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  by_client TINYINT NOT NULL,
  title VARCHAR(200) NOT NULL DEFAULT '',
  channel_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT NULL,
  rows_left TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY conversations_left (rows_left),
  UNIQUE KEY conversations_public_id (account_id, robot_id, public_id),
  UNIQUE KEY conversations_channel (channel_id),
  KEY conversations_lookup (public_id, by_client),
  KEY conversations_list (account_id, deleted_at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE events (
  account_id BIGINT NOT NULL,
  event_seq BIGINT NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, event_seq),
  KEY events_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a transaction has to say to the relays: lines of a subject and a payload in turn.
-- id is ordered by time, like a message's.
CREATE TABLE outbox (
  id BIGINT UNSIGNED NOT NULL,
  pushes MEDIUMTEXT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE files (
  id BIGINT NOT NULL AUTO_INCREMENT,
  file_key VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner_type TINYINT NOT NULL,
  owner_id BIGINT NOT NULL,
  name VARCHAR(200) NOT NULL,
  mime VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  size BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY files_key (file_key),
  KEY files_owner (owner_type, owner_id, name),
  KEY files_age (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- In which talks a file was sent: who may read the talk may read the file.
CREATE TABLE file_uses (
  file_key VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  channel_id BIGINT NOT NULL,
  PRIMARY KEY (file_key, channel_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE relays (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  connections INT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY relays_name (name),
  KEY relays_seen (seen_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- exclusive: set where only one such connection may be ("device:r5", "platform:a3:1").
CREATE TABLE connections (
  conn VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  relay_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  principal_type TINYINT NOT NULL,
  principal_id BIGINT NOT NULL,
  door VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  exclusive VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NULL,
  opened_at BIGINT NOT NULL,
  PRIMARY KEY (conn),
  UNIQUE KEY connections_exclusive (exclusive),
  KEY connections_relay (relay_id),
  KEY connections_principal (principal_type, principal_id, door)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which agent connection a talk belongs to.
CREATE TABLE agent_talks (
  robot_id BIGINT NOT NULL,
  channel_id BIGINT NOT NULL,
  conn VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (robot_id, channel_id),
  KEY agent_talks_conn (conn)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Messages for agents, until an agent's connection has confirmed them.
CREATE TABLE agent_queue (
  robot_id BIGINT NOT NULL,
  channel_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  message_id BIGINT UNSIGNED NOT NULL,
  conn VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NULL,
  sent_at BIGINT NULL,
  sends INT NOT NULL DEFAULT 0,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (robot_id, channel_id, seq),
  KEY agent_queue_waiting (robot_id, conn, message_id),
  KEY agent_queue_conn (conn),
  KEY agent_queue_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How often an account woke another's robot in a minute.
CREATE TABLE robot_wakes (
  robot_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  minute BIGINT NOT NULL,
  wakes INT NOT NULL,
  PRIMARY KEY (robot_id, account_id),
  KEY wakes_minute (minute)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Answers of 401 by address and minute, and until when an address is blocked for them.
CREATE TABLE refused_addresses (
  address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  minute BIGINT NOT NULL,
  refusals INT NOT NULL,
  blocked_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (address),
  KEY refused_blocked (blocked_until)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE audit (
  id BIGINT NOT NULL AUTO_INCREMENT,
  at BIGINT NOT NULL,
  actor VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  action VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(1000) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  KEY audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
