-- The channel of two is found by their public ids, in one look together with what else is asked of them.
ALTER TABLE channels ADD KEY channels_peers (peers, kind);
