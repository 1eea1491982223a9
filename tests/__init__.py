from tests.environment import prepare

prepare()
