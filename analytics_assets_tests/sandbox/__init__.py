"""Tests of the vendor sandbox, over a real socket."""
