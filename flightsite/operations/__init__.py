"""The operators' page: facts are gathered, a verdict is made of them, panels show them, buttons act."""
