"""Where rows come from, one file each."""
