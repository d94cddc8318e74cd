"""What changed, what is out of the ordinary, and what is wasted?

``python -m finops.insights`` shows the worked examples.
"""
