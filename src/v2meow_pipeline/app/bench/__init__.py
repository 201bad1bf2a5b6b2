"""`v2meow bench`: measures decoding and start-up."""
