"""Generation on Ray Serve: encoders, stages and codec as deployments, and the composer that calls them."""
