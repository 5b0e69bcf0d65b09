"""The rover on its wheels: attitude, slip, sinkage, strikes and energy on a world's surface."""
