"""What the tables must keep to, checked where the catalog saves them (Great Expectations)."""
