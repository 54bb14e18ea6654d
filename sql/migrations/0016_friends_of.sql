-- Whose friend somebody is.
ALTER TABLE friends ADD KEY friends_of (friend_type, friend_id);
