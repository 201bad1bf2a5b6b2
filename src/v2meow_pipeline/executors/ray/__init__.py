"""Work on Ray: a session for the whole run, training in Ray Train's workers, shards in Ray Data's actors."""
