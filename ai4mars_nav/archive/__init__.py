"""The catalogue of an archive, searched and labelled in a web page."""
