"""What a plan says of single rows: where their values stand, how wrong the model is, how unusual they are."""
