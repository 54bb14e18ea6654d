-- Everybody's own test bench: the robot that is tested, and what it is called there.
CREATE TABLE sandboxes (
  account_id BIGINT NOT NULL,
  robot_id BIGINT DEFAULT NULL,
  nick VARCHAR(100) NOT NULL DEFAULT '',
  avatar VARCHAR(1000) NOT NULL DEFAULT '',
  sex VARCHAR(10) NOT NULL DEFAULT 'unknown',
  sign VARCHAR(500) NOT NULL DEFAULT '',
  status VARCHAR(10) NOT NULL DEFAULT 'online',
  key_ver INT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id),
  KEY sandboxes_robot (robot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- Who plays there: friends, and those who are in groups only.
CREATE TABLE sandbox_people (
  id BIGINT NOT NULL AUTO_INCREMENT,
  account_id BIGINT NOT NULL,
  public_id VARCHAR(64) NOT NULL,
  nick VARCHAR(100) NOT NULL,
  avatar VARCHAR(1000) NOT NULL DEFAULT '',
  sex VARCHAR(10) NOT NULL DEFAULT 'unknown',
  is_friend TINYINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY sandbox_people_id (account_id, public_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE sandbox_groups (
  id BIGINT NOT NULL AUTO_INCREMENT,
  account_id BIGINT NOT NULL,
  public_id VARCHAR(64) NOT NULL,
  name VARCHAR(100) NOT NULL,
  avatar VARCHAR(1000) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY sandbox_groups_id (account_id, public_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
-- person_id 0: the robot.
CREATE TABLE sandbox_members (
  group_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  role VARCHAR(10) NOT NULL DEFAULT 'member',
  card VARCHAR(100) NOT NULL DEFAULT '',
  title VARCHAR(100) NOT NULL DEFAULT '',
  joined_at BIGINT NOT NULL,
  spoke_at BIGINT NOT NULL DEFAULT 0,
  muted_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (group_id, person_id),
  KEY sandbox_members_person (person_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
