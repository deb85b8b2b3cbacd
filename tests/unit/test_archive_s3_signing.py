"""AWS's own examples: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mediascream.archive.s3_signing import Keys, SignableRequest, object_url, sign

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
BUCKET = "https://examplebucket.s3.amazonaws.com"
NOW = datetime(2013, 5, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            SignableRequest("GET", f"{BUCKET}/test.txt", headers={"Range": "bytes=0-9"}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            SignableRequest(
                "PUT",
                object_url(BUCKET, "test$file.text"),
                headers={"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
                body=b"Welcome to Amazon S3.",
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            SignableRequest("GET", f"{BUCKET}/", query={"lifecycle": ""}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            SignableRequest("GET", f"{BUCKET}/", query={"prefix": "J", "max-keys": "2"}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["get", "put", "lifecycle", "list"],
)
def test_the_examples_of_aws_get_the_signatures_that_aws_shows(request_: SignableRequest, signature: str) -> None:
    assert sign(request_, KEYS, now=NOW)["authorization"].endswith(f"Signature={signature}")


def test_the_address_is_encoded_as_it_was_signed() -> None:
    request = SignableRequest("PUT", object_url(BUCKET, "a é~+/b&c"), query={"uploadId": "x/=", "partNumber": "1"})
    assert request.full_url == f"{BUCKET}/a%20%C3%A9~%2B/b%26c?partNumber=1&uploadId=x%2F%3D"
