"""Other people's ingest tools, each set up as somebody who knows it would; run in their own venvs.

Every module is a program that loads SealMetrics' raw conversions from the local vendor.
"""
