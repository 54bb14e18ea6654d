-- Who does not want to hear somebody.
ALTER TABLE blocks ADD KEY blocks_of (blocked_type, blocked_id);
