"""An outside judge: the same rover and worlds under MuJoCo, an extra. See docs/judge.md."""
