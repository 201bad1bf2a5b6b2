"""Analysis of the votes of a listening study."""
