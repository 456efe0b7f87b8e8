import hashlib
import os
from datetime import timedelta

import pytest

from consent import clock
from consent.importing import uploads
from consent.importing.uploads import CannotUpload, WrongPlace
from consent.models import ContactImport, ListUpload
from consent.tasks import sweep_uploads
from tests.builders import a_user

pytestmark = pytest.mark.django_db

DATA = b"phone,topic\r\n" + b"2125550101,example-alerts\r\n" * 400


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def begun(owner=None, *, name="spring.csv", data=DATA):
    return uploads.begin(owner or a_user(), name, len(data), sha256(data[: uploads.BEGINNING]))


def test_a_file_comes_in_parts_and_is_what_was_sent():
    upload = begun()
    assert uploads.append(upload, 0, DATA[:1000]).received == 1000
    assert uploads.append(upload, 1000, DATA[1000:]).received == len(DATA)
    assert uploads.check(upload, sha256(DATA)).digest == sha256(DATA)
    assert upload.path.read_bytes() == DATA
    assert (upload.path.stat().st_mode & 0o777, upload.path.parent.name) == (0o600, "uploads")


def test_a_part_that_came_already_changes_nothing():
    upload = begun()
    uploads.append(upload, 0, DATA[:1000])
    assert uploads.append(upload, 0, b"x" * 1000).received == 1000
    assert upload.path.read_bytes() == DATA[:1000]


@pytest.mark.parametrize(("offset", "part"), [(1001, b"late"), (990, b"across it all"), (-1, b"x")])
def test_a_part_that_begins_elsewhere_is_told_where_to_go_on(offset, part):
    upload = begun()
    uploads.append(upload, 0, DATA[:1000])
    with pytest.raises(WrongPlace) as told:
        uploads.append(upload, offset, part)
    assert (told.value.offset, upload.path.stat().st_size) == (1000, 1000)


def test_what_a_rolled_back_part_left_on_the_disk_is_written_over():
    upload = begun()
    uploads.append(upload, 0, DATA[:1000])
    with upload.path.open("ab") as file:
        file.write(b"never committed")
    uploads.append(upload, 1000, DATA[1000:])
    assert upload.path.read_bytes() == DATA


def test_what_the_disk_lost_is_asked_for_again():
    owner = a_user()
    upload = begun(owner)
    uploads.append(upload, 0, DATA[:2000])
    os.truncate(upload.path, 1500)
    with pytest.raises(WrongPlace) as told:
        uploads.append(upload, 2000, DATA[2000:])
    assert told.value.offset == 1500
    assert begun(owner).received == 1500


def test_the_same_file_of_the_same_person_goes_on_and_no_other():
    owner = a_user()
    upload = begun(owner)
    uploads.append(upload, 0, DATA[:1000])
    assert (begun(owner).pk, begun(owner).received) == (upload.pk, 1000)
    others = [
        begun(a_user("other")),
        begun(owner, name="summer.csv"),
        begun(owner, data=DATA + b"\n"),
        begun(owner, data=b"q" + DATA[1:]),
    ]
    assert len({upload.pk, *(other.pk for other in others)}) == 5
    assert [other.received for other in others] == [0, 0, 0, 0]


def test_more_than_was_announced_is_refused():
    upload = begun()
    with pytest.raises(CannotUpload) as refused:
        uploads.append(upload, 0, DATA + b"x")
    assert (refused.value.status, ListUpload.objects.get().received) == (413, 0)


@pytest.mark.parametrize(
    ("size", "says"), [(0, "is empty"), (-5, "is empty"), (1_000_001, "1 MB is the most")]
)
def test_what_is_empty_or_too_large_is_refused_before_it_comes(settings, size, says):
    settings.IMPORT_MAX_MB = 1
    with pytest.raises(CannotUpload, match=says):
        uploads.begin(a_user(), "a.csv", size, sha256(b""))
    assert ListUpload.objects.count() == 0


def test_a_file_that_would_fill_the_disk_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "SPARE", 1 << 62)
    with pytest.raises(CannotUpload, match="no room"):
        begun()


def test_a_wrong_digest_is_refused_and_nothing_of_it_stays():
    upload = begun()
    uploads.append(upload, 0, DATA)
    with pytest.raises(CannotUpload, match="its SHA-256 differs"):
        uploads.check(upload, sha256(DATA + b"x"))
    assert (ListUpload.objects.count(), upload.path.exists()) == (0, False)


def test_a_digest_that_is_none_is_refused_and_costs_nothing():
    upload = begun()
    uploads.append(upload, 0, DATA)
    with pytest.raises(CannotUpload, match="no digest"):
        uploads.check(upload, "none")
    assert upload.path.read_bytes() == DATA


def test_what_is_not_whole_is_not_checked():
    upload = begun()
    uploads.append(upload, 0, DATA[:-1])
    with pytest.raises(WrongPlace):
        uploads.check(upload, sha256(DATA))
    assert uploads.whole(upload.owner, upload.pk) is None


def test_a_name_is_never_a_path_and_never_names_the_file():
    upload = begun(name="..\\..\\C:\\x/../\n\x00\u202e../../etc/pass\u200bwd")
    assert upload.file_name == "passwd"
    assert upload.path.name == f"{upload.pk.hex}.part"
    assert uploads.plain_name("a/") == "a"
    assert uploads.plain_name("\n") == "list.csv"


def test_a_person_keeps_few_unfinished_uploads():
    owner = a_user()
    made = [begun(owner, name=f"{n}.csv") for n in range(uploads.KEPT + 2)]
    kept = {upload.pk for upload in uploads.unfinished(owner)}
    assert kept == {upload.pk for upload in made[2:]}


def test_unfinished_uploads_are_swept_after_their_time():
    owner = a_user()
    old, young = begun(owner, name="old.csv"), begun(owner, name="young.csv")
    for upload in (old, young):
        uploads.append(upload, 0, DATA[:10])
    ListUpload.objects.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    stranger = young.path.with_name("0" * 32 + ".part")
    stranger.write_bytes(b"of no upload")
    sweep_uploads()
    assert (old.path.exists(), stranger.exists(), young.path.exists()) == (False, False, True)
    assert [upload.pk for upload in ListUpload.objects.all()] == [young.pk]
    assert ContactImport.objects.count() == 0
