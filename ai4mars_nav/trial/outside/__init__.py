"""The outside judge of the benchmark: its drives again under MuJoCo. See docs/judge.md."""
