-- How a robot's brain is set; a robot without a row has the defaults. Secrets are sealed
-- (AES-256-GCM, auth.box_key_file). temperature counts in thousandths.
CREATE TABLE robot_brains (
  robot_id BIGINT NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  model VARCHAR(100) NOT NULL,
  temperature INT NOT NULL,
  max_tokens INT NOT NULL,
  context_length INT NOT NULL,
  scenario VARCHAR(2000) NOT NULL,
  system_prompt TEXT NOT NULL,
  reply_delay_min INT NOT NULL,
  reply_delay_max INT NOT NULL,
  daily_limit INT NOT NULL,
  base_url VARCHAR(1000) NOT NULL,
  api_key VARBINARY(1000) NULL,
  PRIMARY KEY (robot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
