"""The evaluation report: one page of tables, figures and players, and the tables of a paper."""
