"""`walkout calibrate ...`: from cameras on a ceiling to a store that knows where they are."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from vision.calibration.targets import SQUARE_M, TAG_SIDE_M, CharucoBoard, TagFamily

calibrate_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Find out where cameras hang and what their lenses do, in an afternoon: [bold]sheets[/],"
    " [bold]intrinsics[/], [bold]floor[/], [bold]walk[/], [bold]shelves[/], [bold]coverage[/];"
    " then [bold]drift[/] every night. docs/calibration.md tells the whole way."
    " No footage yet? [bold]walkout calibrate rehearse[/].",
)

Store = Annotated[Path, typer.Argument(help="store.toml, or the folder it lies in.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the report.")]
FootageFolder = Annotated[
    Path | None,
    typer.Option(
        "--footage",
        help="Folder with CAMERA.mp4, CAMERA/ of pictures or CAMERA.png; else each camera's video.",
    ),
]
Without = Annotated[list[str] | None, typer.Option(help="Camera to leave as it is; may be repeated.")]
Family = Annotated[TagFamily, typer.Option(help="Which tags are printed.")]
TagSide = Annotated[float, typer.Option("--tag-side-mm", help="Side of a tag's black square, as ordered.")]
Squares = Annotated[str, typer.Option(help="Columns x rows of the board's squares.")]
SquareSide = Annotated[float, typer.Option("--square-mm", help="Side of the board's squares, as printed.")]


@calibrate_app.command()
def sheets(
    out: Annotated[Path, typer.Option("--out", help="Folder for the PDFs.")] = Path("out/calibration"),
    count: Annotated[int, typer.Option(help="How many sheets; 6 to 10 for a small store.")] = 10,
    family: Family = TagFamily.APRILTAG_36H11,
    tag_side_mm: TagSide = 1000 * TAG_SIDE_M,
    squares: Squares = "7x5",
    square_mm: SquareSide = 1000 * SQUARE_M,
) -> None:
    """Make the PDFs to print: A3 sheets with numbered tags, and the ChArUco board for lenses.

    Print at 100 %, not "fit to page", and check the 200 mm line. Lay the sheets flat on the floor, anywhere,
    so that every camera sees two or three and neighbours share one; never all in one line. Measure three
    or four distances between their middles with a tape: no coordinates are needed.

    Next: record each camera for a few seconds, then [bold]walkout calibrate floor store.toml[/].
    """
    from vision.calibration.printing import write_board, write_sheets
    from walkout.folders import result_folder

    folder = result_folder(out)
    write_sheets(folder / "sheets.pdf", count, family, tag_side_mm / 1000)
    write_board(folder / "board.pdf", _board(squares, square_mm))
    Console().print(
        f"{folder / 'sheets.pdf'} (A3) and {folder / 'board.pdf'}: print both at 100 % and check the line"
        " of 200 mm\n"
        "next: walkout calibrate intrinsics, once per kind of camera; then walkout calibrate floor",
        highlight=False,
    )


@calibrate_app.command()
def intrinsics(
    pictures: Annotated[
        Path | None, typer.Argument(help="Video or folder of pictures of the waved board.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the profile: camera, lens and resolution.")] = "",
    store: Annotated[Path, typer.Option(help="Folder of store.toml; profiles go to lenses/ there.")] = Path(),
    squares: Squares = "7x5",
    square_mm: SquareSide = 1000 * SQUARE_M,
    field_deg: Annotated[
        float | None, typer.Option(help="No pictures: take the horizontal field of view from the data sheet.")
    ] = None,
    size: Annotated[str, typer.Option(help="With --field-deg: picture size.")] = "1920x1080",
    out: Out = Path("out/calibration/lens"),
) -> None:
    """Measure what a lens does, from a ChArUco board waved at the camera; once per kind of camera.

    Switch off the camera's own distortion correction, stabilisation and digital zoom. Take 20 pictures or a
    video: the board sharp, still, leaning to all sides, near and far, and in every corner of the picture.
    The model for ordinary and the one for wide lenses are both tried. [bold]--field-deg[/] instead makes a
    nominal profile, which is off by centimetres.

    Next: name the profile in store.toml ([bold]lens_profile = "NAME"[/]), then [bold]walkout calibrate
        floor[/].
    """
    from vision.calibration.lens_profile import FOLDER, list_profiles, nominal_profile, write_profile
    from walkout.calibration_steps import run_intrinsics

    folder = store.parent if store.suffix == ".toml" else store
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
        known = ", ".join(list_profiles(folder))
        raise typer.BadParameter(f"give --name, of letters, digits and - _ . (there are: {known})")
    if field_deg is not None:
        path = write_profile(nominal_profile(name, _size(size), field_deg), folder / FOLDER)
        Console().print(f"{path}: a nominal profile; next: walkout calibrate floor", highlight=False)
    elif pictures is None:
        raise typer.BadParameter("give a video or a folder of pictures of the board, or --field-deg")
    else:
        run_intrinsics(pictures, name, _board(squares, square_mm), folder, out, Console())


@calibrate_app.command()
def floor(
    store: Store,
    measure: Annotated[
        list[str] | None,
        typer.Option(help="Tape measure between two sheets, such as tag3-tag7=2.35m; repeat."),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="Known place: tag3=1.20,0.80 or a floor corner cam1:120,340=0,0; two or more; repeat."
        ),
    ] = None,
    footage: FootageFolder = None,
    without: Without = None,
    family: Family = TagFamily.APRILTAG_36H11,
    tag_side_mm: TagSide = 1000 * TAG_SIDE_M,
    out: Out = Path("out/calibration/floor"),
) -> None:
    """Find every camera's place from tag sheets on the floor, all cameras at once, and write store.toml.

    Each camera needs a [bold]lens_profile[/] in store.toml. Thirty frames of each are averaged, so people may
    pass. Scale comes from [bold]--measure[/], the store's frame from [bold]--at[/]; without [bold]--at[/]
    the sheet with the lowest number is the origin and its lower edge the x axis. The report shows each
    camera's errors.

    Next: [bold]walkout calibrate walk store.toml[/], for the clocks.
    """
    from vision.calibration.floor import FloorWish
    from vision.calibration.store_frame import parse_place, parse_tape
    from walkout.calibration_footage import Footage
    from walkout.calibration_steps import run_floor

    wish = FloorWish(
        family,
        tag_side_mm / 1000,
        tuple(parse_tape(text) for text in measure or ()),
        tuple(parse_place(text) for text in at or ()),
    )
    run_floor(store, Footage(footage, tuple(without or ())), wish, out, Console())


@calibrate_app.command()
def points(
    store: Store,
    clicked: Annotated[Path, typer.Argument(help="CSV with camera,u,v,x,y, or TOML with [[points]].")],
    out: Out = Path("out/calibration/points"),
) -> None:
    """Find cameras from floor points that you clicked: the fallback where no sheets can be laid.

    At least six points per camera, spread near and far over the floor it sees: pixel u, v from the upper
    left, and metres x, y in the store. A camera with a lens_profile gets its whole pose; one without follows
    people on the floor only. Every point's error is shown; points that contradict the others are left out
    and named.

    Next: [bold]walkout calibrate coverage store.toml[/].
    """
    from walkout.calibration_steps import run_points

    run_points(store, clicked, out, Console())


@calibrate_app.command()
def walk(
    store: Store,
    footage: FootageFolder = None,
    without: Without = None,
    every: Annotated[
        float, typer.Option(min=0.05, max=1.0, help="Seconds between frames that are used.")
    ] = 0.2,
    keep_poses: Annotated[bool, typer.Option("--keep-poses", help="Solve the clocks only.")] = False,
    out: Out = Path("out/calibration/walk"),
) -> None:
    """Let one person walk for a minute: every camera's clock is set, and poses become a little better.

    One person alone, upright, a brisk zig-zag over the whole floor. Live cameras are watched while they walk;
    else give footage of all cameras that began together. Head and feet are found by the store's own network.

    Next: [bold]walkout calibrate shelves store.toml[/].
    """
    from walkout.calibration_footage import Footage
    from walkout.calibration_walk import DetectorMaker, run_walk

    run_walk(
        store,
        Footage(footage, tuple(without or ())),
        every_s=every,
        keep_poses=keep_poses,
        make_detector=DetectorMaker(),
        out=out,
        console=Console(),
    )


@calibrate_app.command()
def shelves(
    store: Store,
    plan: Annotated[
        Path | None, typer.Option(help="The plan you drew on; without it, one is written.")
    ] = None,
    width: Annotated[
        list[str] | None, typer.Option(help="Measured width of a shelf, such as wall-1=2.00; repeat.")
    ] = None,
    out: Out = Path("out/calibration/shelves"),
) -> None:
    """Take shelves from lines on a plan, and lay them over every camera's picture to check them.

    Without [bold]--plan[/] it writes plan.svg: floor, cameras, a grid of metres, and the shelves there are.
    Draw a straight line along each shelf's front, from its left to its right end as a shopper sees it
    (Inkscape works), give it the shelf's id, save, and run it again with [bold]--plan[/]. Slots stay as they
    are.

    Next: [bold]walkout calibrate coverage store.toml[/].
    """
    from walkout.calibration_checks import run_shelves

    run_shelves(store, plan, dict(_width(text) for text in width or ()), out, Console())


@calibrate_app.command()
def coverage(store: Store, out: Out = Path("out/calibration/coverage")) -> None:
    """Paint the floor before the shelves green and red: how many cameras see a shopper there, how sharply.

    Says which camera to turn, and what that would be worth.

    Next: [bold]walkout doctor store.toml[/], then [bold]walkout run store.toml[/].
    """
    from walkout.calibration_checks import run_coverage

    run_coverage(store, out, Console())


@calibrate_app.command()
def drift(
    store: Store,
    footage: FootageFolder = None,
    without: Without = None,
    family: Family = TagFamily.APRILTAG_36H11,
    out: Out = Path("out/calibration/drift"),
) -> None:
    """Has a camera been moved? Run it every night, when nobody is there.

    Compares each camera's picture with the one [bold]floor[/] kept: sheets that stayed, else what of the
    building matches. A camera that moved by more than 3 pixels is marked in calibration-review.toml beside
    store.toml: the store stops using it, and sends lines from its shelves to a person. Ends with status 1
    then.

    Next: put the camera back, or [bold]walkout calibrate floor[/] again, which takes the mark away.
    """
    from vision.calibration.drift import Verdict
    from walkout.calibration_checks import run_drift
    from walkout.calibration_footage import Footage

    drifts = run_drift(store, Footage(footage, tuple(without or ())), family, out, Console())
    if any(found.verdict is not Verdict.STEADY for found in drifts):
        raise typer.Exit(1)


@calibrate_app.command()
def rehearse(
    seed: Annotated[int, typer.Option(min=0, help="First synthetic store; from 9000 for reports.")] = 1,
    count: Annotated[int, typer.Option(min=1, help="How many stores.")] = 1,
    walk_s: Annotated[float, typer.Option(min=20.0, help="Length of the walk.")] = 60.0,
    out: Annotated[Path, typer.Option("--out", help="Folder for footage and reports.")] = Path(
        "out/calibration/rehearsal"
    ),
) -> None:
    """Film a calibration of synthetic stores, calibrate them, and compare with the truth.

    Leaves a folder per store to try the other commands on. Needs the simulate extra.

    Next: the same with your own cameras, from [bold]walkout calibrate sheets[/] on.
    """
    from walkout.calibration_rehearsal import run_rehearsal

    run_rehearsal(range(seed, seed + count), walk_s, out, Console())


def _board(squares: str, square_mm: float) -> CharucoBoard:
    columns, rows = _size(squares)
    if not (3 <= columns <= 20 and 3 <= rows <= 20 and 5 <= square_mm <= 200):
        raise typer.BadParameter("a board has 3 to 20 squares each way, of 5 to 200 mm")
    return CharucoBoard((columns, rows), square_mm / 1000)


def _size(text: str) -> tuple[int, int]:
    first, _, second = text.lower().partition("x")
    if not (first.strip().isdigit() and second.strip().isdigit()):
        raise typer.BadParameter(f"{text!r} is not WIDTHxHEIGHT, such as 1920x1080")
    return int(first), int(second)


def _width(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        metres = float(value)
    except ValueError:
        metres = 0.0
    if not name or metres <= 0:
        raise typer.BadParameter(f"{text!r} is no width; write for instance wall-1=2.00")
    return name, metres
