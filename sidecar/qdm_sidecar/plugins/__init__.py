"""The drivers that come with the sidecar: every ``*_driver.py`` here, and the modules they are made of."""
