-- Deliveries of a robot that failed, among many that did not.
ALTER TABLE deliveries ADD KEY deliveries_states (robot_id, status, id);
