from flightsite.embedded import kafka


def test_the_cache_is_where_the_user_keeps_caches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kafka.cache_dir() == tmp_path / "flightsite" / "kafka-4.3.1"


def test_a_class_cache_that_could_not_be_made_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kafka.class_cache().parent.mkdir(parents=True)
    kafka.class_cache().touch()
    assert kafka._class_cache_options() == []


def test_a_made_class_cache_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kafka.class_cache().parent.mkdir(parents=True)
    kafka.class_cache().write_text("classes")
    assert f"-XX:AOTCache={kafka.class_cache()}" in kafka._class_cache_options()
