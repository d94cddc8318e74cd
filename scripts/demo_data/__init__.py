"""The sample estate: a small company on AWS, invented from one fixed seed and real list prices.

``python -m scripts.demo_data`` writes it to ``data/``. Everything is a pure function of the seed, of
what stands in these modules, and of the price catalogue; ``data/README.md`` describes the result.
"""
