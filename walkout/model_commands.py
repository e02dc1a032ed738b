"""`walkout train`, `export`, `score` and `products`: networks, and what a store shows them of its goods."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from models.card import ModelCard
from walkout.training import Network

model_app = typer.Typer()


@model_app.command()
def train(
    network: Annotated[Network, typer.Argument(help="Which network.")],
    data: Annotated[
        Path, typer.Option(help="Training set, from walkout simulate --training-set; for slots --slot-set.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for everything this command makes.")] = Path(
        "out/training"
    ),
    epochs: Annotated[int, typer.Option(help="Passes over the training pictures.")] = 10,
    hours: Annotated[
        float | None, typer.Option(help="Fill this much time instead of counting epochs.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, or the number of a GPU; a GPU is used where there is one.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of shuffling and augmentation.")] = 0,
    batch: Annotated[int, typer.Option(help="Pictures per step.")] = 16,
    freeze: Annotated[int, typer.Option(help="How many of the first layers keep their start weights.")] = 0,
    start: Annotated[
        Path | None,
        typer.Option(help="For pose and slots: a finished run to start from; for wrists one of pose."),
    ] = None,
    start_share: Annotated[
        float, typer.Option(min=0, max=1, help="For pose: share of those weights in the mean that is kept.")
    ] = 0.0,
    photographs: Annotated[
        Path | None, typer.Option(help="For products: real packages to learn, too, one folder a class.")
    ] = None,
    held_out: Annotated[
        list[str] | None, typer.Option(help="A class of the photographs to keep for scoring; repeat it.")
    ] = None,
) -> None:
    """Train a network; give the same command again to go on after an interruption.

    Needs the train extra; without it the command says how to install it.
    """
    from models.training_plan import TrainingPlan
    from walkout.training import train as train_network

    plan = TrainingPlan(
        epochs,
        device=device,
        seed=seed,
        batch=batch,
        freeze=freeze,
        hours=hours,
        start=start,
        start_share=start_share,
    )
    train_network(network, data, out, plan, photographs, held_out or ())
    Console().print(f"trained in {out}; next: walkout export {out} NAME --data {data}", highlight=False)


@model_app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a finished training run.")],
    name: Annotated[str, typer.Argument(help="Name in models/cards, for example shopper-pose.")],
    data: Annotated[Path, typer.Option(help="Training set whose validation part scores the network.")],
    int8: Annotated[
        bool, typer.Option("--int8", help="Of the pose network, also NAME-int8 with eight-bit integers.")
    ] = False,
) -> None:
    """Export a trained network to ONNX and write its model card, with its scores and checksum."""
    from walkout.training import export_scored

    _show_scores(export_scored(run, name, data))
    if int8:
        from walkout.quantise import export_quantised

        _show_scores(export_quantised(name, data))


@model_app.command()
def score(
    name: Annotated[str, typer.Argument(help="Name in models/cards, for example shopper-pose.")],
    data: Annotated[Path, typer.Argument(help="Training set whose validation part scores the network.")],
    photographs: Annotated[
        Path | None, typer.Option(help="For products: real packages in train/ and val/, one folder a class.")
    ] = None,
) -> None:
    """Score a network on held-out pictures with the store's own decoding, and note it in its card."""
    from walkout.model_evaluation import score_and_note

    _show_scores(score_and_note(name, data, photographs=photographs))


def _show_scores(card: ModelCard) -> None:
    console = Console()
    for part in card.scores.figures if card.scores else ():
        console.print(f"  {part.metric:<32}{part.value:.4f}  [dim]({part.count})[/]", highlight=False)


products_app = typer.Typer(no_args_is_help=True, help="Enrol what the store sells, and see what is enrolled.")


@products_app.command("enroll")
def products_enroll(
    store: Annotated[Path, typer.Argument(help="store.toml, or the folder it lies in.")],
    product: Annotated[str, typer.Argument(help="Id of the product in store.toml.")],
    pictures: Annotated[
        list[Path], typer.Argument(help="Photographs: front, sides, back, from above; 5 are enough.")
    ],
) -> None:
    """Teach the store what a product looks like; nothing is trained, and it works from the next run on.

    A phone's pictures will do: one package, filling most of the picture. The pictures are copied beside
    store.toml. Says which other products it looks like.
    """
    from walkout.products_command import run_enrol

    run_enrol(store, product, pictures, Console())


@products_app.command("list")
def products_list(
    store: Annotated[Path, typer.Argument(help="store.toml, or the folder it lies in.")],
) -> None:
    """Show which products have pictures, and which look alike."""
    from walkout.products_command import run_list

    run_list(store, Console())
