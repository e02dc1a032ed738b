"""Invented brand names, one list for each pool."""

from datasets.synthetic.pools import Pool

_TRAIN = """
Kelvo Brunnik Mirasti Ondrel Pavello Talvora Zestrino Lumbari Corvanne Halmeer Sundqua Tirmola
Wexbury Oakrill Fenlo Grendale Hivanti Jorvika Kastrelle Lindmoor Maravo Nestrup Orvieta Pellsund
Quandro Rustelle Sarvino Tulmora Umbrely Vendaro Willomere Yarvik Zolmenta Aldervane Bistrova
Calmerra Dunhollow Elvestra Farlandi Gustarelle Hearthling Illumea Juniva Kornholt Larkwell Mondrisa
Nuvelta Oltremo Primelda Rosinante Solvenna Trevanti Ultimora Vallombre Wintersby Yolandre Zarella
Amberlode Boskovia Crestiva
"""
_DEV = """
Arvelo Belmarsh Cindrella Dovrano Estival Fjordane Galvesto Harrowmill Isolanda Jasmero Krustino
Lomvarde Merriwick Norrhall Ostravale Pomarelle Quillory Rivenna Stavlund Tamarisk Ulvenso Vorrano
Windlesea Zephora
"""
_TEST = """
Abrelle Brambury Castovan Drumlowe Everlund Florentide Gantrivo Hollinmere Ivarsund Jollivet
Kestrava Lavorino Malverne Nordhavia Olivanto Pinehalla Querella Ramstede Silvarro Tarnholm Ursolina
Vintelle Wolverhay Zandorra
"""
BRANDS: dict[Pool, tuple[str, ...]] = {
    Pool.TRAIN: tuple(_TRAIN.split()),
    Pool.DEV: tuple(_DEV.split()),
    Pool.TEST: tuple(_TEST.split()),
}
