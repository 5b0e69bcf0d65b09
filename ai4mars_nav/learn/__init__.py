"""Training, evaluation, calibration and export of terrain models; nothing on board imports this."""
