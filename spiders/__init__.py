"""Spiders that read public catalogues and provider pages into typed claims."""
