-- Activation codes, and the device that a robot runs on.

-- by_code: made by an activation; such robots do not count against robots.per_user.
ALTER TABLE robots
  ADD COLUMN by_code TINYINT NOT NULL DEFAULT 0;

-- status: 0 unused, 1 used, 2 expired, 3 disabled. robot_id is set while unused where the owner tied
-- the code to a robot; expires_at runs from the first activation.
CREATE TABLE activation_codes (
  id BIGINT NOT NULL AUTO_INCREMENT,
  code CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status TINYINT NOT NULL DEFAULT 0,
  validity_days INT NOT NULL,
  price_cents BIGINT NOT NULL,
  account_id BIGINT NULL,
  robot_id BIGINT NULL,
  created_at BIGINT NOT NULL,
  first_activated_at BIGINT NULL,
  last_activated_at BIGINT NULL,
  expires_at BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY codes_code (code),
  KEY codes_status (status, id),
  KEY codes_due (status, expires_at),
  KEY codes_account (account_id, id),
  KEY codes_robot (robot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- ver: bumped by whatever ends the device's tokens. device_id is NULL once it was unbound.
CREATE TABLE robot_devices (
  robot_id BIGINT NOT NULL,
  code_id BIGINT NOT NULL,
  device_id VARCHAR(128) NULL,
  info TEXT NOT NULL,
  ver INT NOT NULL DEFAULT 1,
  bound_at BIGINT NOT NULL,
  polled_at BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (robot_id),
  KEY devices_device (device_id),
  KEY devices_code (code_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Devices that were unbound.
CREATE TABLE device_history (
  id BIGINT NOT NULL AUTO_INCREMENT,
  robot_id BIGINT NOT NULL,
  code_id BIGINT NOT NULL,
  device_id VARCHAR(128) NOT NULL,
  info TEXT NOT NULL,
  reason VARCHAR(500) NOT NULL,
  bound_at BIGINT NOT NULL,
  unbound_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY device_history_robot (robot_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
