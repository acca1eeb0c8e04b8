"""A whole client: STORYROLL_TOKEN=$(storyroll token) python examples/client.py 127.0.0.1:8400 OUT PHOTO…"""

import hashlib
import os
import sys
from pathlib import Path

import google_crc32c
import grpc
from storyroll.consent.v1 import consent_pb2, consent_pb2_grpc
from storyroll.suggestion.v1 import suggestion_pb2, suggestion_pb2_grpc
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc


def messages(name: str, data: bytes):
    sha256 = hashlib.sha256(data).digest()
    header = upload_pb2.AssetHeader(sha256=sha256, size=len(data), path=name, media_type="image/jpeg")
    yield upload_pb2.WriteAssetRequest(header=header)
    for offset in range(0, len(data), 256 * 1024):
        piece = data[offset : offset + 256 * 1024]
        chunk = upload_pb2.Chunk(offset=offset, data=piece, crc32c=google_crc32c.value(piece))
        yield upload_pb2.WriteAssetRequest(chunk=chunk)


server, out, *photos = sys.argv[1:]
token = [("authorization", f"Bearer {os.environ['STORYROLL_TOKEN']}")]
with grpc.insecure_channel(server) as channel:
    grant = consent_pb2.GrantConsentRequest(scopes=consent_pb2.Scope.values()[1:], terms_version="1")
    consent_pb2_grpc.ConsentServiceStub(channel).GrantConsent(grant, metadata=token)
    upload = upload_pb2_grpc.UploadServiceStub(channel)
    for photo in map(Path, photos):
        print(photo, upload.WriteAsset(messages(photo.name, photo.read_bytes()), metadata=token).asset_id)
    suggestion = suggestion_pb2_grpc.SuggestionServiceStub(channel)
    for change in suggestion.WatchStories(suggestion_pb2.WatchStoriesRequest(), metadata=token):
        if change.HasField("story"):
            break
    print(change.story.title, *change.story.evidence, sep="\n  ")
    request = suggestion_pb2.RenderStoryRequest(story_id=change.story.id)
    rendering = suggestion.RenderStory(request, metadata=token)
    Path(out).write_bytes(b"".join(part.data for part in rendering))
