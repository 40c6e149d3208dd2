"""What every driver must pass: a pytest suite that plays the host against a driver.

    pytest -p qdm_driver.compliance.plugin --pyargs qdm_driver.compliance --driver NAME

``qdm drivers check NAME`` does the same; docs/drivers.md tells more. It needs ``qdm[compliance]``, and nothing of
``qdm_driver`` outside this folder imports it.
"""
