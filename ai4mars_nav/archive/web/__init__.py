"""The pages: thin routes over the catalogue and the labelling."""
