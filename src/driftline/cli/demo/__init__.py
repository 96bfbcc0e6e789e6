"""The taxi story: a month to learn from, a month to judge day by day, some days broken on purpose."""
