import pytest


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    """A data folder of this test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path
