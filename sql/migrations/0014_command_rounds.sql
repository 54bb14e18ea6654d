-- How often a command was tried again by hand: each round ends, and is told, by itself.
ALTER TABLE commands ADD COLUMN round INT NOT NULL DEFAULT 0;
