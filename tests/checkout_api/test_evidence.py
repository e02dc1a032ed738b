"""Evidence: kept for hours, seen by few, and never without a trace."""

import pytest

from checkout_api.client import CheckoutRefusedError
from tests.checkout_api.conftest import bearer

PICTURE = b"\xff\xd8\xff\xe0 hands at a shelf"


def keep(shop, visit_id, evidence_id, content=PICTURE, media_type="image/jpeg"):
    shop.client.put_evidence(
        visit_id,
        evidence_id,
        content,
        media_type=media_type,
        camera_id="camera-2",
        happened_at=shop.clock(),
        sku="milk",
    )


def test_who_opens_a_picture_is_written_down(shop):
    login, staff = shop.shopper(), shop.associate()
    visit_id, _ = shop.enter(login)
    keep(shop, visit_id, "seen")
    keep(shop, visit_id, "seen")
    (shown,) = shop.http.get(f"/v1/visits/{visit_id}/evidence", headers=bearer(login)).json()
    opened = shop.http.get(shown["url"], headers=bearer(staff))
    accesses = shop.http.get(f"/v1/visits/{visit_id}/evidence-accesses", headers=bearer(login)).json()

    assert (opened.content, opened.headers["content-type"]) == (PICTURE, "image/jpeg")
    assert "default-src 'none'" in opened.headers["content-security-policy"]
    assert [(line["evidenceId"], line["accountId"]) for line in accesses] == [("seen", staff.account_id)]


def test_strangers_and_auditors_see_no_picture(shop):
    visit_id, _ = shop.enter(shop.shopper())
    keep(shop, visit_id, "hidden")

    for login in (shop.shopper(), shop.staff("auditor")):
        assert shop.http.get("/v1/evidence/hidden", headers=bearer(login)).status_code == 404


def test_a_picture_is_gone_when_its_time_is_over(shop):
    login = shop.shopper()
    visit_id, _ = shop.enter(login)
    keep(shop, visit_id, "short lived".replace(" ", "-"))
    shop.clock.advance(seconds=shop.settings.evidence_lifetime_s)
    headers = bearer(shop.again(login))

    assert shop.http.get("/v1/evidence/short-lived", headers=headers).status_code == 404
    assert shop.http.get(f"/v1/visits/{visit_id}/evidence", headers=headers).json() == []


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<script>", "image/jpeg"),
        (PICTURE, "video/mp4"),
        (PICTURE, "text/html"),
        (b"\xff\xd8\xff" * 400_000, "image/jpeg"),
    ],
)
def test_only_small_pictures_and_clips_are_taken(shop, content, media_type):
    visit_id, _ = shop.enter(shop.shopper())

    with pytest.raises(CheckoutRefusedError) as refused:
        keep(shop, visit_id, "wrong", content, media_type)
    assert refused.value.status == 422
