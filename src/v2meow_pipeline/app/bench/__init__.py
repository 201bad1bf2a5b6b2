"""`v2meow bench`: measures speed against alternatives and the limits of the machine."""
