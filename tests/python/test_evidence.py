"""The evidence that the program lists is what other programs can read."""

import json


def test_every_listed_figure_has_a_source(rami):
    document = json.loads(rami("evidence", "--json").stdout)
    assert document["schema"] == "rami.evidence/1"
    assert document["figures"]
    assert all(figure["source"].strip() for figure in document["figures"])
