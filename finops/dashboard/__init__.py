"""The dashboard: what an analyst sees. It draws answers and calculates nothing."""
