from tests.references import own_versions

__all__ = ["own_versions"]
