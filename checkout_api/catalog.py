"""Route: the products of the store and what they cost."""

from decimal import Decimal

from fastapi import APIRouter

from checkout_api.dependencies import ContextDep, OperatorDep
from checkout_api.errors import InvalidRequestError
from checkout_api.pricing import PARTS_PER_MILLION, Product
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
        for item in body.items:
            session.merge(
                ProductTable(
                    sku=item.sku,
                    name=item.name,
                    price_minor=item.price_minor,
                    currency=item.currency,
                    tax_ppm=int(item.tax_rate * PARTS_PER_MILLION),
                    updated_at=now,
                )
            )
    return CatalogUploadSchema(uploaded=len(body.items))


def product_of(row: ProductTable) -> Product:
    """Return a product as pricing knows it."""
    return Product(
        sku=row.sku, name=row.name, price_minor=row.price_minor, currency=row.currency, tax_ppm=row.tax_ppm
    )


def tax_rate(tax_ppm: int) -> Decimal:
    """Return a stored tax rate as a fraction: 190 000 is 0.19."""
    return (Decimal(tax_ppm) / PARTS_PER_MILLION).normalize()
