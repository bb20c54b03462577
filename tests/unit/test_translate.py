"""Every error becomes one body with two envelopes, and nothing that somebody typed gets into either."""

import orjson
import pytest
from pydantic import ValidationError
from pymongo.errors import ServerSelectionTimeoutError

from hub.translate import ack_body, as_hub_error, problem
from models import errors
from models.errors import ErrorCode, HubError, Internal, Invalid, TooFast, TryAgain
from models.events.chat import SendMessage

CLASSES = [found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, HubError)]
CONCRETE = [found for found in CLASSES if found is not HubError]


def test_every_code_has_exactly_one_class() -> None:
    assert sorted(found.code for found in CONCRETE) == sorted(ErrorCode)


@pytest.mark.parametrize("kind", CONCRETE)
def test_ack_and_problem_agree(kind: type[HubError]) -> None:
    error = kind(after_ms=1500, limit=3)
    ack = orjson.loads(ack_body(error, "r-1"))
    document = problem(error, "r-1")
    assert ack["ok"] is False
    assert ack["error"]["code"] == document["code"] == kind.code
    assert ack["error"]["retryable"] is document["retryable"] is kind.retryable
    assert ack["error"]["message"] == document["title"]
    assert ack["error"]["after_ms"] == document["after_ms"] == 1500
    assert ack["error"]["details"] == document["details"] == {"limit": 3}
    assert ack["error"]["ref"] == "r-1" and document["instance"] == "urn:ref:r-1"
    assert document["status"] == kind.status and 400 <= kind.status < 600


def test_what_somebody_typed_is_not_in_the_answer() -> None:
    secret = "haemoglobin-canary"
    with pytest.raises(ValidationError) as refused:
        SendMessage.model_validate_json(orjson.dumps({"text": [secret], "conversation_id": secret, "cid": 4}))
    error = as_hub_error(refused.value)
    assert isinstance(error, Invalid)
    fields = error.details["fields"]
    assert isinstance(fields, list) and "conversation_id: string_too_short" in fields
    assert secret not in ack_body(error, "r").decode()


def test_an_unknown_exception_says_nothing_about_itself() -> None:
    error = as_hub_error(RuntimeError("canary"))
    assert isinstance(error, Internal)
    assert b"canary" not in ack_body(error, "r")


@pytest.mark.parametrize("raised", [TimeoutError(), ServerSelectionTimeoutError("canary")])
def test_an_unreachable_store_means_try_again(raised: Exception) -> None:
    assert isinstance(as_hub_error(raised), TryAgain)


def test_a_business_error_stays_itself() -> None:
    error = TooFast(after_ms=10)
    assert as_hub_error(error) is error
