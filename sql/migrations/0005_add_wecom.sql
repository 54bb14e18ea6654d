-- Talks in WeCom, what devices are told to do, answers by brains, and what is told of all that:
-- contacts, commands, jobs, webhooks, statistics, logs.

-- Who writes to a robot in WeCom; known by the name that its device reports.
CREATE TABLE wecom_contacts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  robot_id BIGINT NOT NULL,
  name VARCHAR(200) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY contacts_name (robot_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A channel of kind wecom: a robot with a group, or with a contact where group_name is ''.
CREATE TABLE wecom_talks (
  channel_id BIGINT NOT NULL,
  robot_id BIGINT NOT NULL,
  group_name VARCHAR(200) NOT NULL,
  contact VARCHAR(200) NOT NULL,  -- of the last message
  room_type TINYINT NOT NULL,
  last_run_at BIGINT NOT NULL DEFAULT 0,  -- of its commands: a later answer is not sent before an earlier one
  PRIMARY KEY (channel_id),
  KEY wecom_talks_robot (robot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a robot's device is to do. 0 pending, 1 sent, 2 success, 3 failed, 4 expired.
CREATE TABLE commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  command_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  robot_id BIGINT NOT NULL,
  params MEDIUMTEXT NOT NULL,
  status TINYINT NOT NULL DEFAULT 0,
  attempts INT NOT NULL DEFAULT 0,
  run_at BIGINT NOT NULL,
  sent_at BIGINT NULL,
  sent_to VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT NULL,
  result MEDIUMTEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY commands_id (command_id),
  KEY commands_open (robot_id, status, id),
  KEY commands_of (robot_id, id),
  KEY commands_age (status, created_at),
  KEY commands_done (finished_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Work that waits for its time or for a worker. While one works on it, run_at is when its lease ends.
CREATE TABLE jobs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  job_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  tenant VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  run_at BIGINT NOT NULL,
  attempts INT NOT NULL DEFAULT 0,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY jobs_key (kind, job_key),
  KEY jobs_due (kind, tenant, run_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- A robot's webhooks. The secret is sealed.
CREATE TABLE third_parties (
  robot_id BIGINT NOT NULL,
  message_url VARCHAR(1000) NOT NULL,
  result_url VARCHAR(1000) NOT NULL,
  signs TINYINT NOT NULL,
  secret VARBINARY(1000) NULL,
  PRIMARY KEY (robot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was told to a webhook. 0 under way, 1 taken, 2 given up.
CREATE TABLE deliveries (
  id BIGINT NOT NULL AUTO_INCREMENT,
  delivery_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  robot_id BIGINT NOT NULL,
  kind TINYINT NOT NULL,
  status TINYINT NOT NULL,
  attempts INT NOT NULL,
  http_status INT NOT NULL,
  fault VARCHAR(200) NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY deliveries_id (delivery_id),
  KEY deliveries_of (robot_id, id),
  KEY deliveries_age (updated_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What happened and is not yet in the roll-ups: inserted without waiting for anybody, taken away when counted.
CREATE TABLE tallies (
  id BIGINT NOT NULL AUTO_INCREMENT,
  robot_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TINYINT NOT NULL,  -- 0 message, 1 answer, 2 finished command
  contact_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  value BIGINT NOT NULL,
  cost BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Roll-ups. `day` is yyyymmdd in the configured zone; 0: of all time.
CREATE TABLE robot_days (
  robot_id BIGINT NOT NULL,
  day INT NOT NULL,
  messages BIGINT NOT NULL DEFAULT 0,
  answers BIGINT NOT NULL DEFAULT 0,
  response_ms BIGINT NOT NULL DEFAULT 0,
  timed BIGINT NOT NULL DEFAULT 0,
  cost_micros BIGINT NOT NULL DEFAULT 0,
  finished BIGINT NOT NULL DEFAULT 0,
  succeeded BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (robot_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The same of who wrote. kind 0: a contact, 1: a group; span yyyymmdd, or yyyymm for a whole month.
CREATE TABLE talk_spans (
  robot_id BIGINT NOT NULL,
  kind TINYINT NOT NULL,
  span INT NOT NULL,
  subject_id BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  PRIMARY KEY (robot_id, kind, span, subject_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE logs (
  id BIGINT NOT NULL AUTO_INCREMENT,
  at BIGINT NOT NULL,
  type TINYINT NOT NULL,
  level TINYINT NOT NULL,
  message VARCHAR(300) NOT NULL,
  details TEXT NOT NULL,
  address VARCHAR(64) NOT NULL,
  PRIMARY KEY (id),
  KEY logs_of (type, level, id),
  KEY logs_type (type, id),
  KEY logs_level (level, id),
  KEY logs_age (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE robots ADD COLUMN purged_at BIGINT NULL;

-- What an outside memory (Dify) calls the talk; begun anew after a time of silence.
CREATE TABLE brain_sessions (
  channel_id BIGINT NOT NULL,
  sender_type TINYINT NOT NULL,
  sender_id BIGINT NOT NULL,
  session VARCHAR(100) NOT NULL,
  used_at BIGINT NOT NULL,
  PRIMARY KEY (channel_id, sender_type, sender_id),
  KEY brain_sessions_age (used_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX robots_deleted ON robots (purged_at, deleted_at);
CREATE INDEX file_uses_channel ON file_uses (channel_id);
