"""The local AWS: recommendations, and a deployment of the example movies."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cdk_personalize.local.process import running

_ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(_ROOT / folder) for folder in ("tests", "examples/quickstart")]

from support.deploy import ACCOUNT, LocalAws, free_port  # noqa: E402
from support.deployed_example import Example  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.awsrequest import AWSPreparedRequest

_SCALE = 10_000
"""A campaign, which takes ten minutes in the service, takes 0.06 seconds."""
_REQUESTS = 1_000
_CONNECTIONS = 4
_PLAIN_APP = Path(__file__).with_name("plain_app.py")


@contextmanager
def _local_aws() -> Iterator[LocalAws]:
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        running("127.0.0.1", port, _SCALE, authorization=True, log=subprocess.DEVNULL) as server,
    ):
        yield LocalAws(f"http://127.0.0.1:{port}", Path(folder), server.pid, frequent_polls=False)


def requests(runs: int) -> list[dict[str, Any]]:
    """Return the rates of recommendations and of database reads in the same server."""
    with _local_aws() as aws:
        sent = {"DynamoDB GetItem": _get_item(aws), "GetRecommendations": _get_recommendations(aws)}
        rates = _in_turns({name: partial(_rate, request) for name, request in sent.items()}, runs)
    peer = rates["DynamoDB GetItem"]
    return [
        {"request": name, "per_second": round(rate), "ratio_to_get_item": round(rate / peer, 2)}
        for name, rate in rates.items()
    ]


def deployment(runs: int) -> list[dict[str, Any]]:
    """Return a row for the example movies and for stacks without Amazon Personalize."""
    with _local_aws() as aws:
        aws.bootstrap(ACCOUNT)
        Example(aws, "movies").prepare()
        _deploy_movies(aws)
        types = _resource_types(aws, "Movies")
        aws.delete_stack("Movies")
        customs = sum(each.startswith("Custom::") for each in types)
        deploying = {
            "Amazon SQS queues": ("Plain", partial(_deploy_plain, aws, len(types), 0)),
            "custom resources that succeed at once": ("Plain", partial(_deploy_plain, aws, 0, customs)),
            "the example movies": ("Movies", partial(_deploy_movies, aws)),
        }
        seconds = _in_turns(
            {name: partial(_deploy_and_delete, aws, stack, deploy) for name, (stack, deploy) in deploying.items()}, runs
        )
    queues, custom_resources, _ = seconds.values()
    return [
        {
            "stack": name,
            "seconds": round(each, 1),
            "ratio_to_queues": round(each / queues, 2),
            "ratio_to_custom_resources": round(each / custom_resources, 2),
        }
        for name, each in seconds.items()
    ]


def _in_turns(measured: Mapping[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """Return the median of each measurement. A first run of each does not count."""
    found: dict[str, list[float]] = {name: [] for name in measured}
    for number in range(runs + 1):
        for name, measure in measured.items():
            value = measure()
            if number:
                found[name].append(value)
    return {name: statistics.median(values) for name, values in found.items()}


def _get_recommendations(aws: LocalAws) -> AWSPreparedRequest:
    personalize = aws.personalize()
    version = aws.version(aws.prepare("benchmark"))
    campaign = personalize.create_campaign(name="benchmark", solutionVersionArn=version)["campaignArn"]
    while personalize.describe_campaign(campaignArn=campaign)["campaign"]["status"] != "ACTIVE":
        time.sleep(0.05)
    runtime = aws.session().client("personalize-runtime")
    return _captured(runtime, "get_recommendations", campaignArn=campaign, itemId="film-0", numResults=10)


def _get_item(aws: LocalAws) -> AWSPreparedRequest:
    database = aws.session().client("dynamodb")
    key = {"AttributeName": "id"}
    database.create_table(
        TableName="films",
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {"id": {"S": "film-0"}}
    database.put_item(TableName="films", Item=item)
    return _captured(database, "get_item", TableName="films", Key=item)


def _captured(client: Any, method: str, **arguments: Any) -> AWSPreparedRequest:
    """Return the request that a client sends, so that signing does not count."""
    sent: list[AWSPreparedRequest] = []
    client.meta.events.register("before-send.*.*", lambda request, **_: sent.append(request))
    getattr(client, method)(**arguments)
    return sent[0]


def _rate(request: AWSPreparedRequest) -> float:
    """Return the requests that the server answers in a second."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for done in [pool.submit(_send, request, _REQUESTS // _CONNECTIONS) for _ in range(_CONNECTIONS)]:
            done.result()
    return _REQUESTS / (time.perf_counter() - begin)


def _send(request: AWSPreparedRequest, times: int) -> None:
    """Send a request several times on one connection."""
    url = urlsplit(request.url)
    connection = http.client.HTTPConnection(url.netloc)
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    for _ in range(times):
        connection.request(request.method, url.path or "/", request.body, headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{request.method} {url.path}: {answer.status} {body!r}")
    connection.close()


def _deploy_and_delete(aws: LocalAws, stack: str, deploy: Callable[[], None]) -> float:
    """Return the seconds of a deployment, and delete the stack."""
    begin = time.perf_counter()
    deploy()
    seconds = time.perf_counter() - begin
    aws.delete_stack(stack)
    return seconds


def _deploy_movies(aws: LocalAws) -> None:
    aws.cdk("deploy", "--all", "--require-approval", "never", cwd=_ROOT / "examples" / "movies").ok()


def _deploy_plain(aws: LocalAws, queues: int, customs: int) -> None:
    app = f"{sys.executable} {_PLAIN_APP} {queues} {customs}"
    aws.cdk("deploy", "--all", "--require-approval", "never", "--app", app, cwd=aws.folder).ok()


def _resource_types(aws: LocalAws, stack: str) -> list[str]:
    described = aws.session().client("cloudformation").describe_stack_resources(StackName=stack)
    return [each["ResourceType"] for each in described["StackResources"]]
