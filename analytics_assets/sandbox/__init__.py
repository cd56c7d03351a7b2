"""A vendor sandbox: one synthetic web shop, seen through the APIs of five analytics vendors.

It is a program of its own, reached over a socket (``python -m analytics_assets.sandbox``). It
imports nothing from the rest of the package and nothing there imports it, so that whatever the
platform reads here it read through HTTP.
"""
