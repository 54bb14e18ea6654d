-- Signing in by phone: codes on their way, how often something may happen, and logins whose tokens
-- live longer than the house's.

ALTER TABLE accounts
  ADD COLUMN last_login_at BIGINT NULL,
  ADD KEY accounts_role (role, status, id),
  ADD KEY accounts_status (status, id);

-- NULL: auth.access_seconds and auth.refresh_seconds.
ALTER TABLE token_families
  ADD COLUMN access_seconds BIGINT NULL,
  ADD COLUMN refresh_seconds BIGINT NULL;

-- The last code sent to a phone, as an HMAC.
CREATE TABLE sms_codes (
  phone VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  tries_left INT NOT NULL,
  sent_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (phone),
  KEY sms_codes_age (sent_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How often something happened to a subject (a phone, an address, a code) within a window of time.
CREATE TABLE quotas (
  name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ends_at BIGINT NOT NULL,
  used INT NOT NULL,
  PRIMARY KEY (name, subject, ends_at),
  KEY quotas_age (ends_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
