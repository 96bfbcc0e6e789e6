"""Stories of four months whose truth is known: what a person would write down beside what Driftline tells."""
