"""What training and evaluation show: charts and overlays for people, drawn with OpenCV alone."""
