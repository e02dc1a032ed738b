"""Routes: the products of the store, what they cost, and for how long something costs less."""

from decimal import Decimal

from fastapi import APIRouter

from checkout_api.dependencies import ContextDep, OperatorDep
from checkout_api.errors import InvalidRequestError, UnknownProductError
from checkout_api.payment_schemas import Markdown, MarkdownSchema
from checkout_api.payment_tables import ProductPriceTable
from checkout_api.pricing import Product
from checkout_api.promotions import PARTS_PER_MILLION
from checkout_api.repository import visits
from checkout_api.schemas import CatalogUpload, CatalogUploadSchema
from checkout_api.tables import ProductTable

router = APIRouter(tags=["catalog"])


@router.post("/v1/catalog/upload")
def upload_catalog(context: ContextDep, _operator: OperatorDep, body: CatalogUpload) -> CatalogUploadSchema:
    """Add or change products; all of them or, on any fault, none."""
    settings = context.settings
    if body.store_id != settings.store_id:
        raise InvalidRequestError(f"storeId is {body.store_id!r}, this is store {settings.store_id!r}")
    for item in body.items:
        if item.currency != settings.currency:
            raise InvalidRequestError(
                f"{item.sku} is priced in {item.currency}, this store sells in {settings.currency}"
            )
    now = context.clock()
    with context.database.write() as session:
        known = visits.products(session, [item.sku for item in body.items])
        before = {sku: row.price_minor for sku, row in known.items()}
        for item in body.items:
            session.merge(
                ProductTable(
                    sku=item.sku,
                    name=item.name,
                    price_minor=item.price_minor,
                    currency=item.currency,
                    tax_ppm=int(item.tax_rate * PARTS_PER_MILLION),
                    updated_at=now,
                    deposit_minor=item.deposit_minor,
                )
            )
        session.flush()
        session.add_all(
            ProductPriceTable(
                id=context.new_id(),
                sku=item.sku,
                price_minor=item.price_minor,
                is_markdown=False,
                valid_from=now,
                valid_until=None,
            )
            for item in body.items
            if before.get(item.sku) != item.price_minor
        )
    return CatalogUploadSchema(uploaded=len(body.items))


@router.post("/v1/catalog/markdowns", status_code=201)
def mark_down(context: ContextDep, _operator: OperatorDep, body: Markdown) -> MarkdownSchema:
    """Let a product cost less for a while, for example on its last day; the lowest markdown counts."""
    markdown = ProductPriceTable(
        id=context.new_id(),
        sku=body.sku,
        price_minor=body.price_minor,
        is_markdown=True,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )
    with context.database.write() as session:
        if body.sku not in visits.products(session, [body.sku]):
            raise UnknownProductError(f"the catalogue has no product {body.sku}; upload it first")
        session.add(markdown)
    return MarkdownSchema(markdown_id=markdown.id)


def product_of(row: ProductTable) -> Product:
    """Return a product as pricing knows it."""
    return Product(
        sku=row.sku,
        name=row.name,
        price_minor=row.price_minor,
        currency=row.currency,
        tax_ppm=row.tax_ppm,
        deposit_minor=row.deposit_minor,
    )


def tax_rate(tax_ppm: int) -> Decimal:
    """Return a stored tax rate as a fraction: 190 000 is 0.19."""
    return (Decimal(tax_ppm) / PARTS_PER_MILLION).normalize()
