"""What engines tell, as words and percent."""

from reconciler.adapters.docker.progress import LAST_LINES, BuildLog, Layers, bytes_words, readable


class Told:
    """Remembers what is told."""

    def __init__(self) -> None:
        self.all: list[tuple[str, float | None]] = []

    def __call__(self, words: str, percent: float | None) -> None:
        self.all.append((words, percent))


def test_dockers_layers() -> None:
    told = Told()
    layers = Layers("pushing", told)
    for event in (
        {"status": "The push refers to repository [a.example/b]"},
        {"status": "Preparing", "id": "a", "progressDetail": {}},
        {"status": "Preparing", "id": "b", "progressDetail": {}},
        {"status": "Pushing", "id": "a", "progressDetail": {"current": 500, "total": 2000}},
        {"status": "Pushing", "id": "b", "progressDetail": {"current": 1000, "total": 2000}},
        {"status": "Pushed", "id": "a", "progressDetail": {}},
        {"status": "Layer already exists", "id": "b", "progressDetail": {}},
    ):
        layers.take(event)
    assert told.all == [
        ("pushing: 0 of 1 layer", None),
        ("pushing: 0 of 2 layers", None),
        ("pushing: 0 of 2 layers, 500 B of 2.0 kB", 25),
        ("pushing: 0 of 2 layers, 1.5 kB of 4.0 kB", 37.5),
        ("pushing: 1 of 2 layers, 3.0 kB of 4.0 kB", 75),
        ("pushing: 2 of 2 layers, 4.0 kB of 4.0 kB", 100),
    ]


def test_nonsense_is_no_progress() -> None:
    told = Told()
    layers = Layers("pulling", told)
    for event in (
        {},
        {"id": 7},
        {"id": "a", "status": None},
        {"id": "a", "status": "x", "progressDetail": "y"},
        {"id": "a", "status": "x", "progressDetail": {"current": -5, "total": "all"}},
    ):
        layers.take(event)
    assert told.all == [("pulling: 0 of 1 layer", None)] * 2


def test_steps_of_docker_and_podman() -> None:
    told = Told()
    log = BuildLog(told)
    log.take("Step 3/4 : RUN x\n")
    log.take("[2/4] STEP 1/2: FROM base AS system\nsome")
    log.take(" output\n")
    assert told.all == [
        ("step 3/4: RUN x", 50),
        ("step 1/2 of stage 2/4: FROM base AS system", 25),
        ("some output", 25),
    ]


def test_the_last_lines_are_those_of_the_step() -> None:
    log = BuildLog(Told())
    log.take("Step 1/2 : RUN a\nof the first\nStep 2/2 : RUN b\n")
    log.take("".join(f"line {number}\n" for number in range(100)) + "the end")
    assert log.last_lines == (*(f"line {number}" for number in range(81, 100)), "the end")
    assert len(log.last_lines) == LAST_LINES
    log.take("x" * 10_000_000)
    assert max(map(len, log.last_lines)) <= 300


def test_a_line_moves_no_cursor() -> None:
    assert readable("\x1b[31mred\x1b[0m and \x07bell") == "red and bell"
    assert readable("10%\r20%\r30%\r") == "30%"


def test_bytes() -> None:
    assert [bytes_words(number) for number in (0, 999, 1500, 2_000_000, 5_500_000_000, 7e13)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "2.0 MB",
        "5.5 GB",
        "70000.0 GB",
    ]
