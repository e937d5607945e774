"""What tests of models share."""

import pytest

from fundgap.models.curve_data import CurveData, curve_data


@pytest.fixture(scope="session")
def data() -> CurveData:
    """Return the arrays of the specification curve, read once: nothing in them may be changed in place."""
    return curve_data()
