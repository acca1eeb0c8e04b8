#!/bin/sh
# The whole way by grpcurl: STORYROLL_TOKEN=$(storyroll token) examples/grpcurl.sh 127.0.0.1:8400 OUT PHOTO…
# Bytes are base64 in JSON; every server answers reflection, so no proto files are needed.
set -eu

server=$1 out=$2
shift 2

call() { # METHOD [JSON]: without JSON, the messages are read from standard input
    grpcurl -plaintext -H "authorization: Bearer $STORYROLL_TOKEN" -max-msg-sz 4194304 \
        -d "${2:-@}" "$server" "storyroll.$1"
}

messages() { # PHOTO: the header, then chunks of at most 256 KiB, each with its CRC32C
    python3 - "$1" <<'PYTHON'
import base64, hashlib, json, mimetypes, pathlib, sys

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF

photo = pathlib.Path(sys.argv[1])
data = photo.read_bytes()
header = {"sha256": base64.b64encode(hashlib.sha256(data).digest()).decode(), "size": len(data)}
header |= {"path": photo.name, "media_type": mimetypes.guess_type(photo.name)[0]}
print(json.dumps({"header": header}))
for offset in range(0, len(data), 256 * 1024):
    piece = data[offset : offset + 256 * 1024]
    chunk = {"offset": offset, "data": base64.b64encode(piece).decode(), "crc32c": crc32c(piece)}
    print(json.dumps({"chunk": chunk}))
PYTHON
}

field() { # NAME: the values of a field in JSON that grpcurl printed
    sed -n "s/^ *\"$1\": \"\\(.*\\)\",\\{0,1\\}\$/\\1/p"
}

call consent.v1.ConsentService/GrantConsent '{"terms_version": "1", "scopes":
    ["SCOPE_CLOUD_PROCESSING", "SCOPE_LOCATION", "SCOPE_FACES", "SCOPE_CONTENT", "SCOPE_LEARNING"]}'

for photo in "$@"; do
    messages "$photo" | call upload.v1.UploadService/WriteAsset
done

# WatchStories would tell at once; asking now and then is easier in a shell.
story=
until [ -n "$story" ]; do
    sleep 1
    story=$(call suggestion.v1.SuggestionService/ListStories '{"page_size": 1}' | field id)
done
call suggestion.v1.SuggestionService/ExplainStory "{\"story_id\": \"$story\"}"

call suggestion.v1.SuggestionService/RenderStory "{\"story_id\": \"$story\"}" | field data |
    while read -r piece; do printf '%s' "$piece" | base64 -d; done >"$out"
