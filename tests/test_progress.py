"""What long work tells of itself."""

from runtime.progress import Forward


def test_what_is_tried_anew_does_not_go_back():
    told = []

    def listen(fraction, text="", preview=None):
        told.append((fraction, text, preview))
        return text == "enough"

    forward = Forward(listen)
    for fraction in (0.1, 0.6, 0.2, 0.7):
        forward(fraction, f"at {fraction}")
    assert [fraction for fraction, *_ in told] == [0.1, 0.6, 0.6, 0.7]
    assert [text for _, text, _ in told] == ["at 0.1", "at 0.6", "at 0.2", "at 0.7"]
    assert forward(0.3, "enough", "frames") is True and told[-1] == (0.7, "enough", "frames")
