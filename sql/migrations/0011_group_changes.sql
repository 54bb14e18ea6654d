-- When a group last looked otherwise than before, for devices that were away; 0: never.
ALTER TABLE channel_groups ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
-- Who rules a group, among many who are in it.
ALTER TABLE channel_members ADD KEY channel_members_roles (channel_id, role);
