"""What a page needs beyond the pair's row, in one place: two models and their tables in, plain data out."""
