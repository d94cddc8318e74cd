"""One function per question: estate + settings + state → one frozen record.

The command line prints the record and a tab draws it; neither calls an engine.
"""
