"""Tests of paths, credits and what is made of them."""
