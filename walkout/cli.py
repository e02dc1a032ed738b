"""The `walkout` command. Every command checks its input first, then works, then says what to do next."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from cart_tracker.errors import CartTrackerError
from checkout_api.errors import CheckoutError
from datasets.engines import EngineName
from datasets.errors import DatasetError
from datasets.exports.formats import Format
from models.errors import ModelError
from vision.errors import VisionError
from walkout.calibrate_command import calibrate_app
from walkout.errors import WalkoutError
from walkout.eyes import Eyes
from walkout.model_commands import model_app, products_app

# What a user can mend: told in one line, exit status 2.
KNOWN_ERRORS = (CartTrackerError, CheckoutError, DatasetError, ModelError, VisionError, WalkoutError)

SIMULATE_EXTRA = {"numba", "embreex", "PIL"}

DEMO_RECORDING = Path(__file__).parents[1] / "recordings" / "demo"


class OneLineErrors(TyperGroup):
    """A command group that tells known errors in one line instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:  # click's own signature
        """Run the command; known errors end with status 2."""
        try:
            return super().invoke(ctx)
        except KNOWN_ERRORS as error:
            message = str(error)
        except ModuleNotFoundError as error:
            if error.name not in SIMULATE_EXTRA:
                raise
            message = f"{error.name} is not installed; to render: .venv/bin/pip install -e '.[simulate]'"
        except OSError as error:
            if error.filename is None:
                raise
            message = f"{error.filename}: {error.strerror}; choose another place or mend its permissions"
        told = f"[bold red]walkout:[/] {escape(message)}"
        Console(stderr=True, highlight=False, soft_wrap=True).print(told)
        raise typer.Exit(2)


app = typer.Typer(
    cls=OneLineErrors,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="An open-source cashierless store. Start with [bold]walkout demo[/].",
)

Out = Annotated[Path, typer.Option("--out", help="Folder for everything this command makes.")]


@app.command()
def demo(
    recording: Annotated[Path, typer.Argument(help="Recording to play.")] = DEMO_RECORDING,
    out: Out = Path("out/demo"),
    port: Annotated[int, typer.Option(help="Port of the checkout API; 0 takes a free one.")] = 0,
    video: Annotated[bool, typer.Option(help="Write the annotated video.")] = True,
) -> None:
    """Play a recorded visit through the whole system: footage in, charged receipts out.

    Starts the checkout API with its own database and a payment simulator, signs the shoppers up, plays the
    recording camera by camera, charges who leaves, and prints every receipt beside the truth.
    """
    from walkout.demo import run_demo

    run_demo(recording, out, port=port, with_video=video, console=Console())


@app.command()
def run(
    store: Annotated[Path, typer.Argument(help="store.toml, or the folder it lies in.")],
    out: Out = Path("out/run"),
    video: Annotated[
        bool | None, typer.Option(help="Write an annotated video; of recordings only, and there by default.")
    ] = None,
) -> None:
    """Follow a store's cameras: observations and visits out.

    Live cameras (RTSP addresses, USB devices) are watched until Ctrl-C; one that fails is told, connected to
    again, and not waited for. Who comes in is read from the gate's log ([italic]gate.log[/]), and visits go
    to the checkout API ([italic]checkout.url[/]), if there is one.
    Recorded cameras are played to their end. Either way the journal of observations is written. Cameras with
    a clicked floor only ([italic]floor_to_pixel[/]) are followed on the floor; hands need a full calibration.
    """
    from walkout.run_command import run_store

    run_store(store, out, with_video=video, console=Console())


@app.command()
def gate(
    store: Annotated[Path, typer.Argument(help="store.toml, or the folder it lies in.")],
    gate_id: Annotated[str, typer.Option(help="Which gate this is.")] = "gate-1",
) -> None:
    """Look at entry codes, one a line from a scanner on standard input, and say whether to open.

    Prints [italic]open VISIT[/] or [italic]shut REASON[/], and writes whom it let in into the gate's log for
    [bold]walkout run[/]. Asks the checkout API; without a network it decides alone for shoppers who have paid
    before.
    """
    from walkout.gate_command import run_gate

    run_gate(store, gate_id, sys.stdin, Console())


@app.command()
def doctor(
    store: Annotated[Path, typer.Argument(help="store.toml, or the folder it lies in.")],
    seconds: Annotated[float, typer.Option(min=1, help="How long to watch live cameras.")] = 8.0,
) -> None:
    """Check cameras, clocks, models, gate and database, and say what to do about each trouble.

    Exit status 1 if the store cannot work as it is.
    """
    from walkout.doctor import run_doctor

    if not run_doctor(store, seconds, Console()):
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Run the checkout API; its settings come from the environment (WALKOUT_...), see /docs once it runs."""
    from walkout.serving import serve_checkout

    serve_checkout(host, port)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="New file for the backup.")]) -> None:
    """Write everything the checkout API knows into one file, while it runs.

    Reads the settings from the environment as [bold]walkout serve[/] does.
    """
    from walkout.serving import back_up_checkout

    back_up_checkout(file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What walkout backup wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Delete what the database holds now.")] = False,
) -> None:
    """Bring a backup back into an empty database, also of another kind, while no API runs."""
    from walkout.serving import restore_checkout

    restore_checkout(file, replace=replace)


@app.command()
def evaluate(
    recordings: Annotated[list[Path], typer.Argument(help="Folders of recordings with truth.")],
    out: Out = Path("out/evaluation"),
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    from_journal: Annotated[
        bool, typer.Option("--from-journal", help="Replay the journals of an earlier run, without video.")
    ] = False,
    workers: Annotated[int, typer.Option(help="Recordings evaluated side by side.")] = 1,
    calibrate: Annotated[
        Path | None, typer.Option(help="Fit confidences to these recordings and write them here.")
    ] = None,
    wrong: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of baskets that may be auto-charged and wrong.")
    ] = 0.005,
    confidence: Annotated[Path | None, typer.Option(help="Use what --calibrate wrote.")] = None,
) -> None:
    """Measure receipts against the truth: figures, an HTML report, a clip of every wrong line.

    Every rate comes with its count and a 95 % interval. A simulated store gives simulator scores.
    """
    from walkout.calibrate_confidence import run_calibrate
    from walkout.evaluate_command import run_evaluate

    console = Console()
    evaluation = run_evaluate(
        recordings,
        out,
        json,
        from_journal=from_journal,
        workers=workers,
        console=console,
        confidence=confidence,
    )
    if calibrate is not None:
        run_calibrate(evaluation.comparisons, wrong, calibrate, console)


@app.command()
def explain(
    visit: Annotated[str, typer.Argument(help="Id of the visit, as on the receipt.")],
    store: Annotated[Path, typer.Option(help="store.toml, or the folder it lies in.")],
    journal: Annotated[Path, typer.Option(help="The journal of that day.")],
    out: Out = Path("out/explained"),
) -> None:
    """Say why a receipt says what it says, line by line: what was seen, what else it might have been.

    Replays the journal, so it explains the very receipt; pictures come from the videos where there are any.
    """
    from walkout.explain_command import run_explain

    run_explain(store, journal, visit, out, Console())


@app.command()
def simulate(
    scenario: Annotated[str | None, typer.Argument(help="Scenario to play; see --list.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="First seed; the same seed gives the same bytes.")] = 1,
    count: Annotated[int, typer.Option(min=1, help="How many recordings, with seeds counting up.")] = 1,
    out: Out = Path("out/recordings"),
    workers: Annotated[int, typer.Option(min=1, help="Recordings rendered side by side.")] = 1,
    list_: Annotated[bool, typer.Option("--list", help="Say what each scenario is, and stop.")] = False,
    training_set: Annotated[
        int, typer.Option(min=0, help="Instead of a scenario: this many training pictures in YOLO format.")
    ] = 0,
    per_store: Annotated[int, typer.Option(min=1, help="Training pictures of one store.")] = 40,
    slot_set: Annotated[
        int, typer.Option(min=0, help="Instead: shelves of this many stores, to learn what changed on them.")
    ] = 0,
    shoppers: Annotated[
        int | None, typer.Option(min=1, max=12, help="People who shop; the scenario's own number.")
    ] = None,
    crowding: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="How often errands of others are where it happens.")
    ] = None,
    scales: Annotated[bool, typer.Option("--scales", help="With shelf scales.")] = False,
    masks: Annotated[bool, typer.Option("--masks", help="With everybody's pixels in every frame.")] = False,
    observations: Annotated[
        bool, typer.Option("--observations", help="Without pictures: the journal good vision would write.")
    ] = False,
    engine: Annotated[EngineName, typer.Option(help="Where to render: here, or on a Ray cluster.")] = (
        EngineName.PROCESSES
    ),
    address: Annotated[
        str | None, typer.Option(help="Ray cluster, such as auto or ray://head:10001; one here without it.")
    ] = None,
) -> None:
    """Render recordings of the synthetic store with exact truth, or a training set.

    [bold]walkout simulate easy --seed 9000 --out out/easy[/] writes a folder that `walkout evaluate` reads.
    """
    from datasets.synthetic.play.scenarios import Knobs
    from datasets.synthetic.studio import SimulationOptions
    from walkout.simulate_command import (
        chosen_engine,
        run_observations,
        run_simulate,
        run_slot_set,
        run_training_set,
        show_scenarios,
    )

    console = Console()
    if list_:
        show_scenarios(console)
    elif training_set:
        run_training_set(out, training_set, per_store, seed, chosen_engine(engine, workers, address), console)
    elif slot_set:
        run_slot_set(out, slot_set, seed, chosen_engine(engine, workers, address), console)
    elif scenario is None:
        raise typer.BadParameter("name a scenario (see --list), or give --training-set or --slot-set")
    else:
        knobs = Knobs(shoppers, crowding)
        options = SimulationOptions(knobs=knobs, with_scales=scales, with_masks=masks)
        where = chosen_engine(engine, workers, address)
        if observations:
            run_observations(scenario, range(seed, seed + count), out, where, knobs, console)
            return
        run_simulate(scenario, range(seed, seed + count), out, where, options, console)


@app.command()
def convert(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings with truth, or training sets.")],
    to: Annotated[Format, typer.Option(help="The format.")],
    out: Annotated[Path, typer.Option(help="Folder to make; it must not exist.")],
    every: Annotated[int, typer.Option(help="Take every n-th picture of each camera.")] = 1,
) -> None:
    """Write recordings in the formats of other tools: YOLO, COCO or MOTChallenge.

    [bold]walkout convert out/easy/easy-1 --to coco --every 10 --out out/coco[/]
    """
    from walkout.convert_command import run_convert

    run_convert(recordings, to, out, every, Console())


app.add_typer(calibrate_app, name="calibrate")
app.add_typer(model_app)
app.add_typer(products_app, name="products")


@app.command()
def yardstick(
    weights: Annotated[Path, typer.Argument(help="ONNX file of a YOLOX trained on COCO.")],
    data: Annotated[Path, typer.Argument(help="Training set, from walkout simulate --training-set.")],
    out: Out = Path("out/yardstick"),
) -> None:
    """Measure how real rendered people look: who is found by a network that has only seen photographs.

    Reports recall of persons with a visibility of at least 0.4 by age, garment, skin, pose and camera tilt.
    Render few pictures of many stores for it: [bold]walkout simulate --training-set 400 --per-store 10[/].
    """
    from walkout.yardstick_command import run_yardstick

    run_yardstick(weights, data, out, Console())


@app.command()
def sight(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings with truth.")],
    eyes: Annotated[
        Eyes, typer.Option(help="Who finds people: the truth, the truth with pixel noise, or the network.")
    ] = Eyes.NETWORK,
    json: Annotated[Path | None, typer.Option(help="Write the figures here, too.")] = None,
) -> None:
    """Measure how well shelf slots are watched and hands are placed in metres, beside the truth."""
    from walkout.sight_command import run_sight

    run_sight(recordings, eyes, json, Console())


@app.command()
def bench(
    recording: Annotated[Path, typer.Argument(help="Recording to play.")] = DEMO_RECORDING,
    seconds: Annotated[float, typer.Option(min=1, help="How much of it, from its beginning.")] = 60.0,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures here, too.")] = None,
    checkout_database: Annotated[
        str | None,
        typer.Option(help="An empty PostgreSQL database, postgresql+psycopg://...: charge there, too."),
    ] = None,
) -> None:
    """Measure how many cameras this machine carries, by stage, beside plain ultralytics where installed.

    Plays a store of eight cameras with every frame looked at, then twelve behind the motion gate. Then how
    fast the checkout charges, and what rendering costs, where the simulate extra is installed. Takes minutes;
    leave the machine alone meanwhile.
    """
    from walkout.bench import bench as measure
    from walkout.bench import describe, write_json
    from walkout.checkout_bench import describe_checkout, measure_checkout
    from walkout.render_bench import describe_rendering, measure_rendering

    console = Console()
    report = measure(recording, seconds, lambda what: console.print(f"[dim]{what} ...[/]", highlight=False))
    console.print(describe(report), highlight=False, soft_wrap=True)
    if json is not None:
        write_json(report, json)
    for database_url in (None, *([checkout_database] if checkout_database else ())):
        console.print(describe_checkout(measure_checkout(1_000, database_url)), highlight=False)
    console.print(describe_rendering(measure_rendering()), highlight=False)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
