import io
import wave

import httpx2
import pytest
from PIL import Image

from avito_simulator.media.pictures import NoPictureError, avatar, drawings, picture
from avito_simulator.media.uploads import BadPictureError, media_type
from avito_simulator.media.voices import voice

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", sorted(drawings()))
def test_every_drawing_becomes_a_picture_of_the_size_asked_for(name: str) -> None:
    image = Image.open(io.BytesIO(picture(name, 140, 105)))

    assert (image.format, image.size) == ("JPEG", (140, 105))


@pytest.mark.parametrize("size", [(0, 10), (10, 99_999)])
def test_no_picture_has_a_senseless_size(size: tuple[int, int]) -> None:
    with pytest.raises(NoPictureError):
        picture("sofa", *size)


def test_people_look_the_same_each_time_and_different_from_each_other() -> None:
    assert avatar("w1", 64) == avatar("w1", 64)
    assert avatar("w1", 64) != avatar("m2", 64)


def test_a_voice_lasts_some_seconds_and_is_the_same_for_its_id() -> None:
    with wave.open(io.BytesIO(voice("id"))) as sound:
        assert 1 < sound.getnframes() / sound.getframerate() < 8
        assert sound.getnchannels() == 1
    assert voice("id") != voice("other")


def test_a_heic_picture_is_known_by_its_signature() -> None:
    assert media_type(b"\x00\x00\x00\x18ftypheic" + bytes(100)) == "image/heic"


def test_more_than_75_megapixels_are_refused() -> None:
    buffer = io.BytesIO()
    Image.new("1", (10_000, 7_600)).save(buffer, "PNG")

    with pytest.raises(BadPictureError, match="75 megapixels"):
        media_type(buffer.getvalue())


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/media/pictures/sofa/640x480.jpg", 200, "image/jpeg"),
        ("/media/pictures/nothing/640x480.jpg", 404, ""),
        ("/media/pictures/sofa/axb.jpg", 404, ""),
        ("/media/avatars/w1/64.png", 200, "image/png"),
        ("/media/avatars/w1/9999.png", 404, ""),
        ("/media/uploads/1.none/640x480", 404, ""),
        ("/media/voice/none.wav?exp=9999999999", 404, ""),
    ],
)
async def test_media_are_served_without_a_token(
    http: httpx2.AsyncClient, path: str, status: int, kind: str
) -> None:
    response = await http.get(path)

    assert response.status_code == status
    assert response.headers["content-type"].startswith(kind)
