"""Messages to arrays and back: the only place that knows how ROS lays out its data."""
