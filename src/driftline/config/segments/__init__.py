"""How rows are sliced: the settings of segments and of fairness, and conditions on a row."""
