-- What the migrations make of an empty database. Written by make schema; not applied by anything.
CREATE TABLE `accounts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `uid` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `nickname` varchar(100) NOT NULL,
  `avatar` varchar(1000) NOT NULL DEFAULT '',
  `phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `role` tinyint(4) NOT NULL DEFAULT 0,
  `status` tinyint(4) NOT NULL DEFAULT 0,
  `ver` int(11) NOT NULL DEFAULT 1,
  `event_seq` bigint(20) NOT NULL DEFAULT 0,
  `created_at` bigint(20) NOT NULL,
  `updated_at` bigint(20) NOT NULL,
  `last_login_at` bigint(20) DEFAULT NULL,
  `registered` tinyint(4) NOT NULL DEFAULT 0,
  `muted` tinyint(4) NOT NULL DEFAULT 0,
  `ex` varchar(1000) NOT NULL DEFAULT '',
  `erased` tinyint(4) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `accounts_uid` (`uid`),
  UNIQUE KEY `accounts_phone` (`phone`),
  KEY `accounts_role` (`role`,`status`,`id`),
  KEY `accounts_status` (`status`,`id`),
  KEY `accounts_erased` (`status`,`erased`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `activation_codes` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `code` char(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `status` tinyint(4) NOT NULL DEFAULT 0,
  `validity_days` int(11) NOT NULL,
  `price_cents` bigint(20) NOT NULL,
  `account_id` bigint(20) DEFAULT NULL,
  `robot_id` bigint(20) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `first_activated_at` bigint(20) DEFAULT NULL,
  `last_activated_at` bigint(20) DEFAULT NULL,
  `expires_at` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `codes_code` (`code`),
  KEY `codes_status` (`status`,`id`),
  KEY `codes_due` (`status`,`expires_at`),
  KEY `codes_account` (`account_id`,`id`),
  KEY `codes_robot` (`robot_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `agent_queue` (
  `robot_id` bigint(20) NOT NULL,
  `channel_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `message_id` bigint(20) unsigned NOT NULL,
  `conn` varchar(96) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `sent_at` bigint(20) DEFAULT NULL,
  `sends` int(11) NOT NULL DEFAULT 0,
  `expires_at` bigint(20) NOT NULL,
  PRIMARY KEY (`robot_id`,`channel_id`,`seq`),
  KEY `agent_queue_waiting` (`robot_id`,`conn`,`message_id`),
  KEY `agent_queue_conn` (`conn`),
  KEY `agent_queue_expiry` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `agent_talks` (
  `robot_id` bigint(20) NOT NULL,
  `channel_id` bigint(20) NOT NULL,
  `conn` varchar(96) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  PRIMARY KEY (`robot_id`,`channel_id`),
  KEY `agent_talks_conn` (`conn`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `audit` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `at` bigint(20) NOT NULL,
  `actor` varchar(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `action` varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `target` varchar(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `detail` varchar(1000) NOT NULL DEFAULT '',
  PRIMARY KEY (`id`),
  KEY `audit_at` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `blocks` (
  `account_id` bigint(20) NOT NULL,
  `blocked_type` tinyint(4) NOT NULL,
  `blocked_id` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`account_id`,`blocked_type`,`blocked_id`),
  KEY `blocks_of` (`blocked_type`,`blocked_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `brain_sessions` (
  `channel_id` bigint(20) NOT NULL,
  `sender_type` tinyint(4) NOT NULL,
  `sender_id` bigint(20) NOT NULL,
  `session` varchar(100) NOT NULL,
  `used_at` bigint(20) NOT NULL,
  PRIMARY KEY (`channel_id`,`sender_type`,`sender_id`),
  KEY `brain_sessions_age` (`used_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `channel_groups` (
  `channel_id` bigint(20) NOT NULL,
  `public_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` varchar(100) NOT NULL DEFAULT '',
  `avatar` varchar(1000) NOT NULL DEFAULT '',
  `need_verification` tinyint(4) NOT NULL DEFAULT 0,
  `history_for_new` tinyint(4) NOT NULL DEFAULT 0,
  `created_at` bigint(20) NOT NULL,
  `deleted_at` bigint(20) DEFAULT NULL,
  `last_owner_id` bigint(20) DEFAULT NULL,
  `history_from` bigint(20) NOT NULL DEFAULT 1,
  `introduction` varchar(2000) NOT NULL DEFAULT '',
  `notification` varchar(2000) NOT NULL DEFAULT '',
  `notification_at` bigint(20) NOT NULL DEFAULT 0,
  `notification_by` bigint(20) NOT NULL DEFAULT 0,
  `ex` varchar(1000) NOT NULL DEFAULT '',
  `creator_id` bigint(20) NOT NULL DEFAULT 0,
  `muted` tinyint(4) NOT NULL DEFAULT 0,
  `look_member_info` tinyint(4) NOT NULL DEFAULT 0,
  `apply_member_friend` tinyint(4) NOT NULL DEFAULT 0,
  `changed_at` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`channel_id`),
  UNIQUE KEY `groups_public_id` (`public_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `channel_members` (
  `channel_id` bigint(20) NOT NULL,
  `member_type` tinyint(4) NOT NULL,
  `member_id` bigint(20) NOT NULL,
  `role` tinyint(4) NOT NULL DEFAULT 0,
  `visible_from` bigint(20) NOT NULL DEFAULT 1,
  `read_seq` bigint(20) NOT NULL DEFAULT 0,
  `delivered_seq` bigint(20) NOT NULL DEFAULT 0,
  `cleared_seq` bigint(20) NOT NULL DEFAULT 0,
  `joined_at` bigint(20) NOT NULL,
  `changed_at` bigint(20) NOT NULL DEFAULT 0,
  `nickname` varchar(100) NOT NULL DEFAULT '',
  `muted_until` bigint(20) NOT NULL DEFAULT 0,
  `inviter_id` bigint(20) NOT NULL DEFAULT 0,
  `source` tinyint(4) NOT NULL DEFAULT 0,
  `pinned` tinyint(4) NOT NULL DEFAULT 0,
  `notify` tinyint(4) NOT NULL DEFAULT 0,
  `ex` varchar(1000) NOT NULL DEFAULT '',
  PRIMARY KEY (`channel_id`,`member_type`,`member_id`),
  KEY `members_of` (`member_type`,`member_id`,`channel_id`),
  KEY `members_cleared` (`member_type`,`cleared_seq`),
  KEY `channel_members_roles` (`channel_id`,`role`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `channels` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `kind` tinyint(4) NOT NULL,
  `channel_key` varchar(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `account_id` bigint(20) DEFAULT NULL,
  `robot_id` bigint(20) DEFAULT NULL,
  `last_seq` bigint(20) NOT NULL DEFAULT 0,
  `notice_at` bigint(20) NOT NULL DEFAULT 0,
  `created_at` bigint(20) NOT NULL,
  `peers` varchar(130) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  `last_at` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `channels_key` (`kind`,`channel_key`),
  KEY `channels_talk` (`account_id`,`robot_id`,`created_at`),
  KEY `channels_robot` (`robot_id`,`kind`),
  KEY `channels_peers` (`peers`,`kind`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `client_numbers` (
  `sender_type` tinyint(4) NOT NULL,
  `sender_id` bigint(20) NOT NULL,
  `no_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `content_hash` char(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `channel_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`no_hash`,`sender_type`,`sender_id`),
  KEY `client_numbers_age` (`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `commands` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `command_id` varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `robot_id` bigint(20) NOT NULL,
  `params` mediumtext NOT NULL,
  `status` tinyint(4) NOT NULL DEFAULT 0,
  `attempts` int(11) NOT NULL DEFAULT 0,
  `run_at` bigint(20) NOT NULL,
  `sent_at` bigint(20) DEFAULT NULL,
  `sent_to` varchar(96) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `finished_at` bigint(20) DEFAULT NULL,
  `result` mediumtext DEFAULT NULL,
  `round` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `commands_id` (`command_id`),
  KEY `commands_open` (`robot_id`,`status`,`id`),
  KEY `commands_of` (`robot_id`,`id`),
  KEY `commands_age` (`status`,`created_at`),
  KEY `commands_done` (`finished_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `connections` (
  `conn` varchar(96) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `relay_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `principal_type` tinyint(4) NOT NULL,
  `principal_id` bigint(20) NOT NULL,
  `door` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `exclusive` varchar(120) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `opened_at` bigint(20) NOT NULL,
  `device` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (`conn`),
  UNIQUE KEY `connections_exclusive` (`exclusive`),
  KEY `connections_relay` (`relay_id`),
  KEY `connections_principal` (`principal_type`,`principal_id`,`door`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `conversations` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `account_id` bigint(20) NOT NULL,
  `robot_id` bigint(20) NOT NULL,
  `public_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `by_client` tinyint(4) NOT NULL,
  `title` varchar(200) NOT NULL DEFAULT '',
  `channel_id` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `updated_at` bigint(20) NOT NULL,
  `deleted_at` bigint(20) DEFAULT NULL,
  `rows_left` tinyint(4) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `conversations_public_id` (`account_id`,`robot_id`,`public_id`),
  UNIQUE KEY `conversations_channel` (`channel_id`),
  KEY `conversations_left` (`rows_left`),
  KEY `conversations_lookup` (`public_id`,`by_client`),
  KEY `conversations_list` (`account_id`,`deleted_at`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `deliveries` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `delivery_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `robot_id` bigint(20) NOT NULL,
  `kind` tinyint(4) NOT NULL,
  `status` tinyint(4) NOT NULL,
  `attempts` int(11) NOT NULL,
  `http_status` int(11) NOT NULL,
  `fault` varchar(200) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `updated_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `deliveries_id` (`delivery_id`),
  KEY `deliveries_of` (`robot_id`,`id`),
  KEY `deliveries_age` (`updated_at`),
  KEY `deliveries_states` (`robot_id`,`status`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `device_ends` (
  `account_id` bigint(20) NOT NULL,
  `device` varchar(80) NOT NULL,
  `ended_at` bigint(20) NOT NULL,
  PRIMARY KEY (`account_id`,`device`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `device_history` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `robot_id` bigint(20) NOT NULL,
  `code_id` bigint(20) NOT NULL,
  `device_id` varchar(128) NOT NULL,
  `info` text NOT NULL,
  `reason` varchar(500) NOT NULL,
  `bound_at` bigint(20) NOT NULL,
  `unbound_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `device_history_robot` (`robot_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `events` (
  `account_id` bigint(20) NOT NULL,
  `event_seq` bigint(20) NOT NULL,
  `kind` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `payload` text NOT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`account_id`,`event_seq`),
  KEY `events_age` (`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `file_uses` (
  `file_key` varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `channel_id` bigint(20) NOT NULL,
  PRIMARY KEY (`file_key`,`channel_id`),
  KEY `file_uses_channel` (`channel_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `files` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `file_key` varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `owner_type` tinyint(4) NOT NULL,
  `owner_id` bigint(20) NOT NULL,
  `name` varchar(200) NOT NULL,
  `mime` varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `size` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `files_key` (`file_key`),
  KEY `files_owner` (`owner_type`,`owner_id`,`name`),
  KEY `files_age` (`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `friend_requests` (
  `from_id` bigint(20) NOT NULL,
  `to_id` bigint(20) NOT NULL,
  `message` varchar(1000) NOT NULL DEFAULT '',
  `state` tinyint(4) NOT NULL DEFAULT 0,
  `answer` varchar(1000) NOT NULL DEFAULT '',
  `created_at` bigint(20) NOT NULL,
  `handled_at` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`to_id`,`from_id`),
  KEY `friend_requests_newest` (`to_id`,`created_at`),
  KEY `friend_requests_made` (`from_id`,`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `friends` (
  `account_id` bigint(20) NOT NULL,
  `friend_type` tinyint(4) NOT NULL,
  `friend_id` bigint(20) NOT NULL,
  `remark` varchar(100) NOT NULL DEFAULT '',
  `source` tinyint(4) NOT NULL DEFAULT 0,
  `operator_id` bigint(20) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  `pinned` tinyint(4) NOT NULL DEFAULT 0,
  `ex` varchar(1000) NOT NULL DEFAULT '',
  PRIMARY KEY (`account_id`,`friend_type`,`friend_id`),
  KEY `friends_of` (`friend_type`,`friend_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `group_requests` (
  `channel_id` bigint(20) NOT NULL,
  `account_id` bigint(20) NOT NULL,
  `inviter_id` bigint(20) NOT NULL DEFAULT 0,
  `message` varchar(1000) NOT NULL DEFAULT '',
  `state` tinyint(4) NOT NULL DEFAULT 0,
  `answer` varchar(1000) NOT NULL DEFAULT '',
  `handled_by` bigint(20) NOT NULL DEFAULT 0,
  `created_at` bigint(20) NOT NULL,
  `handled_at` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`channel_id`,`account_id`),
  KEY `group_requests_newest` (`channel_id`,`created_at`),
  KEY `group_requests_made` (`account_id`,`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `hidden_messages` (
  `account_id` bigint(20) NOT NULL,
  `channel_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  PRIMARY KEY (`account_id`,`channel_id`,`seq`),
  KEY `hidden_channel` (`channel_id`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `jobs` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `kind` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `job_key` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `tenant` varchar(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `run_at` bigint(20) NOT NULL,
  `attempts` int(11) NOT NULL DEFAULT 0,
  `payload` text NOT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `jobs_key` (`kind`,`job_key`),
  KEY `jobs_due` (`kind`,`tenant`,`run_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `logs` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `at` bigint(20) NOT NULL,
  `type` tinyint(4) NOT NULL,
  `level` tinyint(4) NOT NULL,
  `message` varchar(300) NOT NULL,
  `details` text NOT NULL,
  `address` varchar(64) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `logs_of` (`type`,`level`,`id`),
  KEY `logs_type` (`type`,`id`),
  KEY `logs_level` (`level`,`id`),
  KEY `logs_age` (`at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `message_terms` (
  `channel_id` bigint(20) NOT NULL,
  `gram` int(10) unsigned NOT NULL,
  `seq` bigint(20) NOT NULL,
  PRIMARY KEY (`channel_id`,`gram`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `messages` (
  `channel_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `message_id` bigint(20) unsigned NOT NULL,
  `sender_type` tinyint(4) NOT NULL,
  `sender_id` bigint(20) NOT NULL,
  `client_no` varchar(128) NOT NULL DEFAULT '',
  `form` varchar(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `raw` mediumblob DEFAULT NULL,
  `content` mediumtext NOT NULL,
  `recalled_at` bigint(20) DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  `flags` int(11) NOT NULL DEFAULT 0,
  `extra` text DEFAULT NULL,
  PRIMARY KEY (`channel_id`,`seq`),
  UNIQUE KEY `messages_id` (`message_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `ocms_gone` (
  `account_id` bigint(20) NOT NULL,
  `page` bigint(20) NOT NULL,
  `gone` int(11) NOT NULL,
  PRIMARY KEY (`account_id`,`page`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `ocms_heads` (
  `account_id` bigint(20) NOT NULL,
  `last_n` bigint(20) NOT NULL DEFAULT 0,
  `cleared_n` bigint(20) NOT NULL DEFAULT 0,
  `rows_left` tinyint(4) NOT NULL DEFAULT 0,
  PRIMARY KEY (`account_id`),
  KEY `heads_left` (`rows_left`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `ocms_log` (
  `account_id` bigint(20) NOT NULL,
  `n` bigint(20) NOT NULL,
  `channel_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  PRIMARY KEY (`account_id`,`n`),
  KEY `ocms_log_channel` (`channel_id`,`account_id`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `outbox` (
  `id` bigint(20) unsigned NOT NULL,
  `pushes` mediumtext NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `quiet_messages` (
  `channel_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `n` bigint(20) NOT NULL,
  PRIMARY KEY (`channel_id`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `quotas` (
  `name` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `subject` varchar(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `ends_at` bigint(20) NOT NULL,
  `used` int(11) NOT NULL,
  PRIMARY KEY (`name`,`subject`,`ends_at`),
  KEY `quotas_age` (`ends_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `refused_addresses` (
  `address` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `minute` bigint(20) NOT NULL,
  `refusals` int(11) NOT NULL,
  `blocked_until` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`address`),
  KEY `refused_blocked` (`blocked_until`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `relays` (
  `id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `name` varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `started_at` bigint(20) NOT NULL,
  `seen_at` bigint(20) NOT NULL,
  `connections` int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  KEY `relays_name` (`name`),
  KEY `relays_seen` (`seen_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `robot_brains` (
  `robot_id` bigint(20) NOT NULL,
  `provider` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `model` varchar(100) NOT NULL,
  `temperature` int(11) NOT NULL,
  `max_tokens` int(11) NOT NULL,
  `context_length` int(11) NOT NULL,
  `scenario` varchar(2000) NOT NULL,
  `system_prompt` text NOT NULL,
  `reply_delay_min` int(11) NOT NULL,
  `reply_delay_max` int(11) NOT NULL,
  `daily_limit` int(11) NOT NULL,
  `base_url` varchar(1000) NOT NULL,
  `api_key` varbinary(1000) DEFAULT NULL,
  PRIMARY KEY (`robot_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `robot_days` (
  `robot_id` bigint(20) NOT NULL,
  `day` int(11) NOT NULL,
  `messages` bigint(20) NOT NULL DEFAULT 0,
  `answers` bigint(20) NOT NULL DEFAULT 0,
  `response_ms` bigint(20) NOT NULL DEFAULT 0,
  `timed` bigint(20) NOT NULL DEFAULT 0,
  `cost_micros` bigint(20) NOT NULL DEFAULT 0,
  `finished` bigint(20) NOT NULL DEFAULT 0,
  `succeeded` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`robot_id`,`day`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `robot_devices` (
  `robot_id` bigint(20) NOT NULL,
  `code_id` bigint(20) NOT NULL,
  `device_id` varchar(128) DEFAULT NULL,
  `info` text NOT NULL,
  `ver` int(11) NOT NULL DEFAULT 1,
  `bound_at` bigint(20) NOT NULL,
  `polled_at` bigint(20) NOT NULL DEFAULT 0,
  `expires_at` bigint(20) NOT NULL,
  PRIMARY KEY (`robot_id`),
  KEY `devices_device` (`device_id`),
  KEY `devices_code` (`code_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `robot_wakes` (
  `robot_id` bigint(20) NOT NULL,
  `account_id` bigint(20) NOT NULL,
  `minute` bigint(20) NOT NULL,
  `wakes` int(11) NOT NULL,
  PRIMARY KEY (`robot_id`,`account_id`),
  KEY `wakes_minute` (`minute`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `robots` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `public_id` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `owner_id` bigint(20) DEFAULT NULL,
  `name` varchar(100) NOT NULL,
  `description` varchar(2000) NOT NULL DEFAULT '',
  `icon` mediumtext NOT NULL,
  `brain` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'agent',
  `reply_all` tinyint(4) NOT NULL DEFAULT 0,
  `is_private` tinyint(4) NOT NULL DEFAULT 0,
  `api_key_hash` char(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `ver` int(11) NOT NULL DEFAULT 1,
  `created_at` bigint(20) NOT NULL,
  `updated_at` bigint(20) NOT NULL,
  `deleted_at` bigint(20) DEFAULT NULL,
  `by_code` tinyint(4) NOT NULL DEFAULT 0,
  `purged_at` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `robots_public_id` (`public_id`),
  UNIQUE KEY `robots_api_key` (`api_key_hash`),
  KEY `robots_owner` (`owner_id`,`deleted_at`,`id`),
  KEY `robots_deleted` (`purged_at`,`deleted_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `sandbox_groups` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `account_id` bigint(20) NOT NULL,
  `public_id` varchar(64) NOT NULL,
  `name` varchar(100) NOT NULL,
  `avatar` varchar(1000) NOT NULL DEFAULT '',
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `sandbox_groups_id` (`account_id`,`public_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `sandbox_members` (
  `group_id` bigint(20) NOT NULL,
  `person_id` bigint(20) NOT NULL,
  `role` varchar(10) NOT NULL DEFAULT 'member',
  `card` varchar(100) NOT NULL DEFAULT '',
  `title` varchar(100) NOT NULL DEFAULT '',
  `joined_at` bigint(20) NOT NULL,
  `spoke_at` bigint(20) NOT NULL DEFAULT 0,
  `muted_until` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`group_id`,`person_id`),
  KEY `sandbox_members_person` (`person_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `sandbox_people` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `account_id` bigint(20) NOT NULL,
  `public_id` varchar(64) NOT NULL,
  `nick` varchar(100) NOT NULL,
  `avatar` varchar(1000) NOT NULL DEFAULT '',
  `sex` varchar(10) NOT NULL DEFAULT 'unknown',
  `is_friend` tinyint(4) NOT NULL DEFAULT 0,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `sandbox_people_id` (`account_id`,`public_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `sandboxes` (
  `account_id` bigint(20) NOT NULL,
  `robot_id` bigint(20) DEFAULT NULL,
  `nick` varchar(100) NOT NULL DEFAULT '',
  `avatar` varchar(1000) NOT NULL DEFAULT '',
  `sex` varchar(10) NOT NULL DEFAULT 'unknown',
  `sign` varchar(500) NOT NULL DEFAULT '',
  `status` varchar(10) NOT NULL DEFAULT 'online',
  `key_ver` int(11) NOT NULL DEFAULT 1,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`account_id`),
  KEY `sandboxes_robot` (`robot_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `schema_version` (
  `version` bigint(20) NOT NULL,
  `name` varchar(100) NOT NULL,
  `applied_at` bigint(20) NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `search_state` (
  `id` tinyint(4) NOT NULL,
  `message_id` bigint(20) unsigned NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `sms_codes` (
  `phone` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `code_hash` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `tries_left` int(11) NOT NULL,
  `sent_at` bigint(20) NOT NULL,
  `expires_at` bigint(20) NOT NULL,
  PRIMARY KEY (`phone`),
  KEY `sms_codes_age` (`sent_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `talk_spans` (
  `robot_id` bigint(20) NOT NULL,
  `kind` tinyint(4) NOT NULL,
  `span` int(11) NOT NULL,
  `subject_id` bigint(20) NOT NULL,
  `messages` bigint(20) NOT NULL,
  PRIMARY KEY (`robot_id`,`kind`,`span`,`subject_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `tallies` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `robot_id` bigint(20) NOT NULL,
  `at` bigint(20) NOT NULL,
  `kind` tinyint(4) NOT NULL,
  `contact_id` bigint(20) NOT NULL,
  `group_id` bigint(20) NOT NULL,
  `value` bigint(20) NOT NULL,
  `cost` bigint(20) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `third_parties` (
  `robot_id` bigint(20) NOT NULL,
  `message_url` varchar(1000) NOT NULL,
  `result_url` varchar(1000) NOT NULL,
  `signs` tinyint(4) NOT NULL,
  `secret` varbinary(1000) DEFAULT NULL,
  PRIMARY KEY (`robot_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `token_families` (
  `id` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `account_id` bigint(20) NOT NULL,
  `generation` bigint(20) NOT NULL DEFAULT 1,
  `rotated_at` bigint(20) NOT NULL,
  `revoked_at` bigint(20) DEFAULT NULL,
  `platform` tinyint(4) NOT NULL DEFAULT 0,
  `created_at` bigint(20) NOT NULL,
  `expires_at` bigint(20) NOT NULL,
  `access_seconds` bigint(20) DEFAULT NULL,
  `refresh_seconds` bigint(20) DEFAULT NULL,
  `scope` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (`id`),
  KEY `families_account` (`account_id`),
  KEY `families_expiry` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `weapp_identities` (
  `appid` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `openid` varchar(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `account_id` bigint(20) NOT NULL,
  `unionid` varchar(128) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`appid`,`openid`),
  KEY `weapp_account` (`account_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `wecom_contacts` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `robot_id` bigint(20) NOT NULL,
  `name` varchar(200) NOT NULL,
  `created_at` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `contacts_name` (`robot_id`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `wecom_talks` (
  `channel_id` bigint(20) NOT NULL,
  `robot_id` bigint(20) NOT NULL,
  `group_name` varchar(200) NOT NULL,
  `contact` varchar(200) NOT NULL,
  `room_type` tinyint(4) NOT NULL,
  `last_run_at` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`channel_id`),
  KEY `wecom_talks_robot` (`robot_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
