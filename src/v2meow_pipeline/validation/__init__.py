"""Data contracts of tables, checked with Great Expectations when the catalog saves them."""
