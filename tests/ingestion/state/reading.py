"""Pages of metrics as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families


class Page:
    """The samples of a page, which must be a valid one."""

    def __init__(self, text):
        self.text = text
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.samples = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name, **labels):
        """One value; None where the page does not have it."""
        return self.samples.get((name, *sorted(labels.items())))

    def labelled(self, name, label):
        """All values of a metric, by one of its labels."""
        found = {frozenset(labels): value for (each, *labels), value in self.samples.items() if each == name}
        return {dict(labels)[label]: value for labels, value in found.items()}
